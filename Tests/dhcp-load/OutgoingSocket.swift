internal import Addresses
internal import CLinux
internal import Component
internal import Kernel

/// A packet socket that sends on one interface and hears nothing.
enum OutgoingSocket {
    /// Opens it in the namespace that the process is in.
    ///
    /// - Throws: `Failure` when there is no such interface, `SystemError` when the privilege is missing.
    static func open(on interface: InterfaceName) throws -> Descriptor {
        let index = unsafe if_nametoindex(interface.description)
        guard index > 0 else { throw Failure.unavailable("there is no interface \(interface) here") }
        let number = socket(AF_PACKET, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw SystemError("socket AF_PACKET") }
        let opened = Descriptor(owning: number)
        var address = sockaddr_ll()
        address.sll_family = UInt16(AF_PACKET)
        address.sll_ifindex = Int32(index)
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(
                    number, __CONST_SOCKADDR_ARG(__sockaddr__: address), socklen_t(MemoryLayout<sockaddr_ll>.size))
            }
        }
        guard result == 0 else { throw SystemError("bind AF_PACKET") }
        return opened
    }
}
