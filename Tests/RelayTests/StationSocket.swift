import CTesting
import Foundation
import Kernel

/// Sends any frame on an interface, and hears all that come in.
struct StationSocket: ~Copyable {
    private let descriptor: Descriptor
    // An EtherType for experiments (IEEE 802).
    private static let probe: [UInt8] =
        Array(repeating: 0xFF, count: 6) + [2, 0, 0x5E, 0, 0, 1, 0x88, 0xB5] + Array(repeating: 0, count: 46)

    /// A station at the interface with this number.
    init(on interface: Int32, in namespace: borrowing NetworkNamespace) throws {
        let number = try namespace.run { () throws(SystemError) in
            let number = testing_open_station(interface)
            guard number >= 0 else { throw SystemError("open a station", code: errno) }
            return number
        }
        descriptor = Descriptor(owning: number)
    }

    /// Whether the kernel took the frame.
    @discardableResult
    func send(_ frame: [UInt8]) -> Bool {
        unsafe Foundation.send(descriptor.rawValue, frame, frame.count, 0) == frame.count
    }

    /// The next frame that is ARP or IPv4; what the kernels of the namespaces say beside that is not of interest.
    func next(within milliseconds: Int32 = patience) throws -> [UInt8] {
        try next(within: milliseconds) { $0[12] == 0x08 }
    }

    private func next(within milliseconds: Int32, where isWanted: ([UInt8]) -> Bool) throws -> [UInt8] {
        while becomesReady(descriptor.rawValue, within: milliseconds) {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let length = unsafe recv(descriptor.rawValue, &bytes, bytes.count, 0)
            guard length >= 14 else { continue }
            let frame = Array(bytes.prefix(length))
            if isWanted(frame) { return frame }
        }
        throw Trouble("no frame came")
    }

    /// Sends until the other end hears it: a link carries nothing until the kernel has seen its carrier.
    func warmUp(to other: borrowing StationSocket) throws {
        for _ in 0..<500 {
            send(Self.probe)
            if (try? other.next(within: 20, where: { $0 == Self.probe })) != nil { return }
        }
        throw Trouble("the link does not come up")
    }
}
