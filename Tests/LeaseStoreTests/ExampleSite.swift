import Addresses
import LeaseStore
import Messages
import PacketTesting

/// The site of which docs/database.md tells: an hour of 2026-11-24 with a laptop, a phone, a camera, a printer and a
/// kiosk that nobody answers.
enum ExampleSite {
    // 2026-11-24T13:00:00Z
    private static let one: UInt64 = 1_795_525_200 * .second
    private static let minute = 60 * UInt64.second

    static func fill(_ database: TemporaryDatabase) throws {
        let store = try LeaseStore(path: database.path)
        try database.store(starts + [restart], of: .netnsAgent, at: one, in: store)
        try database.store(laptopAndPhone, of: .relay, at: one, in: store)
        try store.expireLeases(at: one + 19 * minute)
        try database.store(others, of: .relay, at: one + 52 * minute, in: store)
        try database.store([], of: .relay, lost: 3, at: one + 55 * minute, in: store)
        try store.close()
    }

    private static var laptop: Client { station(0x64, name: "laptop") }
    private static var phone: Client { station(0x65, name: "phone") }
    private static var kiosk: Client { station(0x66, name: "kiosk") }
    private static var camera: Client { station(0xC8, name: "camera") }
    private static var printer: Client { station(0xC9, name: nil) }

    private static func station(_ last: UInt8, name: String?) -> Client {
        let address: [UInt8] = [2, 0, 0x5E, 0x10, 0, last]
        return Client(
            hardwareAddress: MACAddress(rawValue: 0x0200_5E10_0000 + UInt64(last)),
            identifier: name == nil ? nil : [1] + address, hostName: name, transaction: 0x3D64_1100 + UInt32(last))
    }

    private static var starts: [Record] {
        let totals: [(UInt32, UInt32?)] = [(0, nil), (8_504, 18_900), (9_000, 19_420), (9_544, 19_940)]
        return totals.enumerated().map { number, durations in
            var start = StartRecord(
                startedAt: one - UInt64(9 - number) * .second, uplink: "lan",
                serverCommand: "dhcpd -f -4 -cf /etc/dhcp/dhcpd.conf")
            start.outcome = durations.1 == nil ? "the server ended with status 1" : "ready"
            start.serverPID = 4242
            (start.phases.discovery, start.phases.namespace, start.phases.link) = (170, 1_480, 4_060)
            start.phases.spawn = 1_900
            (start.phases.ready, start.phases.total) = (durations.1.map { _ in durations.0 }, durations.1)
            return .start(start)
        }
    }

    private static var restart: Record {
        .event(EventRecord(happenedAt: one - 8 * .second, kind: "server-exited", detail: "status 1"))
    }

    private static var laptopAndPhone: [Record] {
        let first = IPv4Address(192, 168, 50, 100)
        let second = IPv4Address(192, 168, 50, 101)
        let (early, next, renewal) = (one + 2 * minute, one + 3 * minute, one + 7 * minute)
        return [
            laptop.discover(at: early), laptop.offer(first, at: early + 1_012),
            laptop.request(first, at: early + 2_230),
            laptop.ack(first, for: 600, at: early + 3_305),
            phone.discover(at: next), phone.offer(second, at: next + 2_200), phone.request(second, at: next + 2_901),
            phone.ack(second, for: 600, at: next + 3_999),
            laptop.renew(first, at: renewal), laptop.ack(first, for: 600, at: renewal + 1_440),
            phone.release(second, at: one + 9 * minute),
        ]
    }

    private static var others: [Record] {
        let first = IPv4Address(192, 168, 50, 100)
        let third = IPv4Address(192, 168, 50, 102)
        let back = one + 25 * minute
        let wait = one + 50 * minute
        return camera.exchange(first, for: 3600, at: one + 20 * minute)
            + [laptop.request(first, at: back), laptop.nak(at: back + 900)]
            + laptop.exchange(third, for: 86_400, at: back + 1_500)
            + [printer.bootReply(IPv4Address(192, 168, 50, 20), at: one + 40 * minute)]
            + [
                kiosk.discover(at: wait), kiosk.discover(at: wait + 4 * .second),
                kiosk.discover(at: wait + 12 * .second),
            ]
            + foreign(kiosk.offer(third, at: wait + 12 * .second + 700))
    }

    /// The packet as one of a server that is not ours.
    private static func foreign(_ record: Record) -> [Record] {
        guard case .packet(let packet) = record else { return [] }
        return [
            .packet(
                PacketRecord(
                    capturedAt: packet.capturedAt, interface: packet.interface, direction: .toServer,
                    verdict: .foreignServer, frame: packet.frame))
        ]
    }
}
