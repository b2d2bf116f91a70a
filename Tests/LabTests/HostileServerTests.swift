import Testing

/// What a server sends that has no business on the LAN.
@Suite struct HostileServerTests {
    /// One frame of each attack, and as the last an echo request, which may pass.
    private static let server = HostileServer.server(
        """
        send(0x0800, ip(6, struct.pack("!HHIIBBHHH", 6666, 22, 0, 0, 0x50, 2, 512, 0, 0)))
        send(0x0800, ip(17, udp(6666, 53, b"scan")))
        send(0x0800, ip(17, udp(67, 68, dhcp(2, other)), source=stranger))
        send(0x0800, ip(17, udp(67, 68, dhcp(2, other))), source=other)
        send(0x0800, ip(17, udp(68, 67, dhcp(1, other))))
        send(0x0806, arp(2, own, router, router))
        send(0x0806, arp(1, own, stranger, router))
        send(0x0806, arp(1, other, host, router), source=other)
        send(0x0800, ip(1, icmp(5, stranger + bytes(28))))
        send(0x0800, ip(1, icmp(8, bytes(4)), source=stranger))
        send(0x86DD, bytes.fromhex("6000000000003b40") + bytes(32))
        send(0x88B5, bytes(46))
        send(0x0800, ip(1, icmp(8, struct.pack("!HH", 6666, 1))))
        port.recv(2048)
        """)

    @Test(arguments: Arrangement.allCases)
    func `what attacks the LAN does not get there`(arrangement: Arrangement) async throws {
        try await Lab.with { lab in
            _ = try await lab.serve(Self.server, arrangement)
            // All but what the stations of the LAN say by themselves.
            let attacks = try await lab.capture(
                """
                port 6666 or ether src 02:66:66:66:66:66 or host 192.168.50.66 or ether proto 0x88b5 \
                or (ip6 proto 59) or icmp[icmptype] == icmp-redirect or (udp[8:1] == 1 and udp[36:4] == 0x02666666) \
                or (arp[6:2] == 2 and arp[14:4] == 0xc0a83201 and ether broadcast)
                """)
            let end = try await lab.capture("icmp[icmptype] == icmp-echo and icmp[4:2] == 6666")
            _ = try await lab.client1.start(.udhcpc)
            try await end.frames(atLeast: 1)
            switch arrangement {
            case .direct: try await attacks.frames(atLeast: 12)
            case .middleSock: #expect(attacks.lines.isEmpty, "\(attacks.lines)")
            }
        }
    }
}
