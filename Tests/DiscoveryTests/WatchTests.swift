import Addresses
import Messages
import Testing

@testable import discovery

@Suite("What is told and said while watching")
struct WatchTests {
    private let eth0: AttachedNetwork
    private let eth1: AttachedNetwork
    private let name: InterfaceName

    init() throws {
        let other = try #require(InterfaceName("eth0"))
        name = try #require(InterfaceName("eth1"))
        eth0 = try #require(
            AttachedNetwork(interface: other, address: IPv4Address(192, 0, 2, 2), prefixLength: 24, gateway: nil))
        eth1 = try #require(
            AttachedNetwork(interface: name, address: IPv4Address(10, 0, 0, 2), prefixLength: 8, gateway: nil))
    }

    private func info(_ text: String) -> Notice { Notice(text: text, isWarning: false) }
    private func warning(_ text: String) -> Notice { Notice(text: text, isWarning: true) }

    @Test func `what stays the same is no change and needs no words, but its time is told`() {
        var watch = Watch(Networks(elapsed: 100, networks: [eth0]))
        let (isChange, notices) = watch.take(.networks([eth0], absences: [:]), elapsed: 90)
        #expect(!isChange && notices.isEmpty)
        #expect(watch.networks == Networks(elapsed: 90, networks: [eth0]))
    }

    @Test func `other networks are a change, also in another order`() {
        var watch = Watch(Networks(elapsed: 1, networks: [eth0]))
        for networks in [[eth1], [eth0, eth1], [eth1, eth0], []] {
            #expect(watch.take(.networks(networks, absences: [:]), elapsed: 1).isChange)
            #expect(watch.networks.networks == networks)
        }
    }

    @Test func `an interface without an address stays as it was, and one that comes back is waited for`() {
        let unaddressed = AttachedNetwork(unaddressed: name)
        var watch = Watch(Networks(elapsed: 1, networks: [eth0, unaddressed]))
        #expect(!watch.take(.networks([eth0, unaddressed], absences: [:]), elapsed: 1).isChange)
        #expect(watch.take(.networks([eth0, eth1], absences: [:]), elapsed: 1).isChange)
        #expect(watch.take(.networks([eth0], absences: [:]), elapsed: 1).isChange)
        let back = watch.take(.networks([eth0, unaddressed], absences: [:]), elapsed: 1)
        #expect(!back.isChange && back.notices == [warning("interface eth1 has no address yet")])
        let whole = watch.take(.networks([eth0, eth1], absences: [:]), elapsed: 1)
        #expect(whole.isChange && whole.notices == [info("interface eth1 is in a network again")])
    }

    @Test func `what cannot be told is said once, and changes nothing`() {
        var watch = Watch(Networks(elapsed: 1, networks: [eth0]))
        let first = watch.take(.unknown("gone"), elapsed: 7)
        #expect(!first.isChange)
        #expect(first.notices == [warning("gone; until then the networks stay as they were")])
        #expect(watch.take(.unknown("gone for another reason"), elapsed: 7).notices.isEmpty)
        #expect(watch.networks == Networks(elapsed: 1, networks: [eth0]))
        let last = watch.take(.networks([eth0], absences: [:]), elapsed: 2)
        #expect(!last.isChange)
        #expect(last.notices == [info("the host's networks can be told again")])
    }

    @Test func `that no network is left is said once, also when the files are gone meanwhile`() {
        var watch = Watch(Networks(elapsed: 1, networks: [eth0]))
        let none = Observation.networks([], absences: [.noNetwork: "none"])
        #expect(watch.take(none, elapsed: 1).notices == [warning("none")])
        #expect(watch.take(none, elapsed: 1).notices.isEmpty)
        #expect(watch.take(.unknown("gone"), elapsed: 1).notices.count == 1)
        #expect(watch.take(none, elapsed: 1).notices == [info("the host's networks can be told again")])
        let back = watch.take(.networks([eth0], absences: [:]), elapsed: 1)
        #expect(back.isChange && back.notices == [info("the host is in a network again")])
    }

    @Test func `each interface that was named is missed by itself`() {
        var watch = Watch(Networks(elapsed: 1, networks: [eth0, eth1]))
        let without = watch.take(.networks([eth0], absences: [.interface(name): "no eth1"]), elapsed: 1)
        #expect(without.isChange && without.notices == [warning("no eth1")])
        let back = watch.take(.networks([eth0, eth1], absences: [:]), elapsed: 1)
        #expect(back.isChange && back.notices == [info("interface eth1 is in a network again")])
    }

    @Test func `how sending goes is said when it changes`() {
        var watch = Watch(Networks(elapsed: 1, networks: [eth0]))
        func said(_ delivery: Delivery) -> [Notice] { watch.take(delivery, receiver: "/s", now: 0) }
        #expect(said(.delivered) == [])
        #expect(said(.nobody) == [info("nobody receives at /s; waiting for somebody")])
        #expect(said(.nobody) == [])
        #expect(said(.refused("cannot send")) == [warning("cannot send; trying on")])
        #expect(said(.noRoom) == [info("no room at /s; waiting for it")])
        #expect(said(.noRoom) == [])
        #expect(said(.delivered) == [info("the networks are received at /s")])
        #expect(said(.delivered) == [])
    }

    @Test func `who hears of changes looks only then, or when the receiver is gone or something went wrong`() {
        var watch = Watch(Networks(elapsed: 1, networks: [eth0]))
        _ = watch.take(.delivered, receiver: "there", now: 5_000)
        #expect(watch.pause(now: 9_000, hearsChanges: true) == nil)
        watch.noteForgotten(now: 10_000)
        #expect(watch.pause(now: 10_000, hearsChanges: true) == 1_000)
        // Who forgets again and again is told less and less often.
        for moment in stride(from: UInt64(11_000), through: 4_011_000, by: 500_000) {
            _ = watch.take(.delivered, receiver: "there", now: moment)
            #expect(watch.pause(now: moment, hearsChanges: true) == nil)
            watch.noteForgotten(now: moment + 10)
        }
        #expect(watch.pause(now: 4_011_010, hearsChanges: true) == 500_000)
        _ = watch.take(.delivered, receiver: "there", now: 5_000_000)
        watch.noteForgotten(now: 9_000_000)
        #expect(watch.pause(now: 9_000_000, hearsChanges: true) == 1_000)
        _ = watch.take(.noRoom, receiver: "there", now: 9_001_000)
        #expect(watch.pause(now: 9_001_000, hearsChanges: true) != nil)
        _ = watch.take(.delivered, receiver: "there", now: 9_002_000)
        _ = watch.take(.unknown("gone"), elapsed: 1)
        #expect(watch.pause(now: 9_003_000, hearsChanges: true) == 500_000)
    }

    @Test func `while nobody receives, it is tried after an eighth of the time that this has lasted`() {
        var watch = Watch(Networks(elapsed: 1, networks: [eth0]))
        #expect(watch.pause(now: 5_000) == 500_000)
        _ = watch.take(.nobody, receiver: "/s", now: 10_000)
        #expect(watch.pause(now: 10_000) == 1_000)
        _ = watch.take(.nobody, receiver: "/s", now: 26_000)
        #expect(watch.pause(now: 26_000) == 2_000)
        #expect(watch.pause(now: 4_010_000) == 500_000)
        #expect(watch.pause(now: 100_010_000) == 500_000)
        _ = watch.take(.delivered, receiver: "/s", now: 30_000)
        #expect(watch.pause(now: 30_000) == 500_000)
    }
}
