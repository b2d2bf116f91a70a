internal import Addresses
internal import CommandLine
internal import HostCheck
internal import Kernel

/// Asks on LANs which DHCP servers there are.
struct ServerProbe: ~Copyable {
    /// A LAN, and how the host is there.
    struct Place {
        let interface: InterfaceName
        /// The number of the interface.
        let index: Int32
        let macAddress: MACAddress
    }

    /// How long after a question the next one follows, in microseconds: it, or its answer, may be lost.
    private static let interval: UInt64 = 2_000_000
    /// How many answers are kept of one LAN: whoever invents servers cannot make this grow.
    private static let patience = 256

    private final class Asked {
        let place: Place
        let port: FramePort
        var answers: [ServerFindings.Answer] = []
        var failure: SystemError?

        init(_ place: Place) throws(SystemError) {
            self.place = place
            port = FramePort(
                try PacketSocket(on: place.index, filter: .fromServersToClients, receiveBuffer: 256 << 10))
        }
    }

    private let asked: [Asked]
    private let transaction = UInt32.random(in: 1...UInt32.max)
    private var poller: Poller
    private var batch = FrameBatch(capacity: 16)

    /// Opens a socket on each LAN, which hears nothing but what servers send to clients.
    ///
    /// - Throws: `SystemError` of socket(2) or bind(2).
    init(_ places: [Place]) throws(SystemError) {
        var asked: [Asked] = []
        for place in places { asked.append(try Asked(place)) }
        let poller = try Poller(capacity: places.count)
        for (number, lan) in asked.enumerated() {
            try poller.watch(lan.port.descriptor, for: .reading, token: UInt64(number))
        }
        self.asked = asked
        self.poller = poller
    }

    /// Asks, waits for answers, and says who answered.
    ///
    /// - Throws: `SystemError` of the kernel.
    consuming func findings(within limit: Seconds) throws(SystemError) -> [Finding] {
        let begin = Clock.monotonic
        let end = begin + limit.microseconds
        var next = begin
        var now = begin
        while now < end {
            if now >= next {
                ask(after: now - begin)
                next += Self.interval
            }
            for index in try poller.wait(timeout: min(next, end) - now) {
                let token = Int(poller[index].token)
                receive(asked[token])
            }
            now = Clock.monotonic
        }
        return asked.flatMap { lan in
            lan.failure.map { [ServerFindings.unknown("cannot ask on \(lan.place.interface): \($0)")] }
                ?? ServerFindings.servers(lan.answers, on: lan.place.interface, waited: limit.value)
        }
    }

    private func ask(after elapsed: UInt64) {
        for lan in asked where lan.failure == nil {
            let secs = UInt16(clamping: elapsed / 1_000_000)
            let frame = DiscoverFrame.bytes(from: lan.place.macAddress, transaction: transaction, secs: secs)
            do { try lan.port.descriptor.write(frame) } catch { lan.failure = error }
        }
    }

    private mutating func receive(_ lan: Asked) {
        do {
            let count = try batch.receive(from: lan.port)
            for index in 0..<count where lan.answers.count < Self.patience {
                if let answer = ServerFindings.Answer(frame: batch[index], transaction: transaction) {
                    lan.answers.append(answer)
                }
            }
        } catch {
            lan.failure = error
        }
    }
}
