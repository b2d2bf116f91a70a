import Addresses
import Forwarding
import Messages
import Testing

@testable import relay

@Suite("What the relay says about itself")
struct RelayStatusTests {
    private var report: RelayStatus {
        RelayStatus(
            interfaces: [], counters: PerDirection(Counters()), recordsPending: 0, recordsLost: 0, hasRecorder: false,
            refused: 0, foreignServers: 0)
    }

    @Test func `every verdict has a counter of its own`() {
        var counters = Counters()
        for (number, verdict) in Verdict.allCases.enumerated() {
            for _ in 0...number { counters.count(verdict) }
        }
        for (number, verdict) in Verdict.allCases.enumerated() { #expect(counters[verdict] == UInt64(number + 1)) }
        var sum = counters
        sum.add(counters)
        #expect(sum[.vlan] == 2 * counters[.vlan])
    }

    @Test func `reasons are listed only when frames were dropped for them`() {
        var counters = PerDirection(Counters())
        counters[.toServer].count(.forwarded)
        counters[.toServer].count(.vlan)
        counters[.toClient].lostInKernel = 7
        counters[.toClient].count(.answered)
        var report = report
        report.counters = counters
        let names = report.status.fields.map(\.name)
        #expect(names.filter { $0.hasPrefix("dropped-") } == ["dropped-to-server-vlan"])
        #expect(report.status["frames-to-server"] == "1" && report.status["frames-to-client"] == "0")
        #expect(report.status["lost-in-kernel-to-client"] == "7")
        #expect(report.status["answered-to-client"] == "1" && report.status["answered-to-server"] == nil)
    }

    @Test func `it forwards as soon as there is a link`() throws {
        var report = report
        #expect(report.status["state"] == "waiting for sockets")
        report.interfaces = [try #require(InterfaceName("ens34")), try #require(InterfaceName("ens35"))]
        #expect(report.status["state"] == "forwarding" && report.status["links"] == "ens34,ens35")
    }

    @Test func `what wakes the relay up is found again by its number`() {
        let sources: [Source] = [
            .control, .records, .link(0, .lan), .link(0, .server(.first)),
            .link(0, .server(.standby)), .link(125, .server(.standby)),
        ]
        #expect(Set(sources.map(\.token)).count == sources.count)
        for source in sources { #expect(Source(token: source.token) == source) }
        #expect(Source(token: 9) == nil && Source(token: 19) == nil)
    }
}
