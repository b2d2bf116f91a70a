internal import Addresses
internal import CLinux
internal import Diagnostics
internal import Kernel

/// A packet socket that sends on any interface and hears nothing.
enum OutgoingSocket {
    /// Opens it in the namespace that the process is in.
    ///
    /// - Throws: `SystemError` when the privilege is missing.
    static func open() throws(SystemError) -> Descriptor {
        let number = socket(AF_PACKET, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError("socket AF_PACKET") }
        return Descriptor(owning: number)
    }
}

extension InterfaceName {
    /// The number of the interface.
    ///
    /// - Throws: `Failure` when there is none.
    var index: Int32 {
        get throws(Failure) {
            let index = unsafe if_nametoindex(description)
            guard index > 0 else { throw .unavailable("there is no interface \(self) here") }
            return Int32(index)
        }
    }
}
