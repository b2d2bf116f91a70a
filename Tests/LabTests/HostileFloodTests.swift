import Foundation
import Testing

/// A server that floods the LAN with frames of which each alone may pass.
@Suite struct HostileFloodTests {
    private static let count = 20_000

    /// Asks for every address by ping and by ARP, again and again, and grants addresses to everybody; then sends a mark at
    /// each request that comes, until one of them passes.
    private static let server = HostileServer.server(
        """
        for number in range(\(count)):
            target = socket.inet_aton(f"192.168.50.{number % 254 + 1}")
            send(0x0800, ip(1, icmp(8, struct.pack("!HH", 7777, number)), destination=target))
            send(0x0806, arp(1, own, host, target))
            send(0x0800, ip(17, udp(67, 68, dhcp(2, other))))
        while True:
            port.recv(2048)
            for number in range(8): send(0x0800, ip(1, icmp(8, struct.pack("!HH", 6666, number))))
        """)

    @Test(arguments: Arrangement.allCases)
    func `a flood of what may pass does not get there`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            let service = try await lab.serve(Self.server, arrangement)
            let echoes = try await lab.capture("icmp[icmptype] == icmp-echo and icmp[4:2] == 7777")
            let questions = try await lab.capture("arp[6:2] == 1 and ether src 02:00:00:00:50:02 and ether broadcast")
            let replies = try await lab.capture("udp[8:1] == 2 and udp[36:4] == 0x02666666")
            let mark = try await lab.capture("icmp[icmptype] == icmp-echo and icmp[4:2] == 6666")
            let requests = try await lab.capture("udp dst port 67")
            let began = ContinuousClock.now
            _ = try await lab.client1.start(.udhcpc)
            _ = try await eventually("the mark", within: .seconds(120)) { mark.lines.first }
            let seconds = Int((ContinuousClock.now - began).components.seconds) + 1
            switch arrangement {
            case .direct:
                for flood in [echoes, questions, replies] { #expect(flood.lines.count > Self.count / 4) }
            case .middleSock:
                let asked = requests.lines.count
                #expect(echoes.lines.count <= 64 + 8 * seconds + 4 * asked, "\(asked) requests in \(seconds) s")
                #expect(questions.lines.count <= 128 + 16 * seconds + 8 * asked, "\(asked) requests in \(seconds) s")
                #expect(replies.lines.count <= 1_000 + 500 * seconds + 4 * asked, "\(asked) requests in \(seconds) s")
                try await service.records("SELECT count(*) > 0 FROM events WHERE kind = 'rate-limited'", [["1"]])
                try await service.records("SELECT count(*) FROM packets WHERE verdict = 'rate-limited'", [["0"]])
                let status = try await lab.host.output("\(Project.binaries)/relay", "status")
                #expect(status.contains("dropped-to-client-rate-limited: "), "\(status)")
            }
        }
    }
}
