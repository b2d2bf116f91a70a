import Testing

extension ComposeTests {
    /// The paper's setting: the server in a network of docker's, and UDP port 67 of the host published to it.
    @Suite struct PublishedPort {
        @Test func `a client behind a relay agent gets a lease through the port and renews it by unicast`() async throws
        {
            try await Lab.with(.publishedPort) { stack in
                let lab = stack.engine.lab
                try await stack.up()
                try await stack.isReady()
                try await lab.startRelayAgent()
                let capture = try await lab.capture("udp and src host 192.168.60.30 and dst host 192.168.50.2")
                let client = try await lab.remote.start(.udhcpc)
                #expect(try await client.lease().address == "192.168.60.30")
                #expect(try await client.renew().address == "192.168.60.30")
                #expect(try await capture.frames(atLeast: 1).allSatisfy { $0.contains(".68 > 192.168.50.2.67: ") })
                try await stack.records(
                    "SELECT DISTINCT message_type FROM packets WHERE relay_address = '192.168.60.1' ORDER BY id",
                    [["DISCOVER"], ["OFFER"], ["REQUEST"], ["ACK"]])
                try await stack.records("SELECT DISTINCT verdict FROM packets", [["forwarded"]])
                try await stack.records(
                    "SELECT address, client_mac, server_identifier FROM leases WHERE renewed_at > bound_at",
                    [["192.168.60.30", lab.remote.hardwareAddress, "192.168.50.2"]])
            }
        }

        @Test func `the broadcast of a client on the LAN arrives, and its reply is told to be undeliverable`()
            async throws
        {
            try await Lab.with(.publishedPort) { stack in
                let lab = stack.engine.lab
                try await stack.up()
                try await stack.isReady()
                _ = try await lab.client1.start(.udhcpc)
                try await stack.records(
                    "SELECT DISTINCT message_type, direction, verdict FROM packets ORDER BY id LIMIT 2",
                    [["DISCOVER", "to-server", "forwarded"], ["OFFER", "to-client", "undeliverable"]])
                try await stack.records(
                    """
                    SELECT count(*) FROM events
                    WHERE kind = 'undeliverable' AND component = 'relay' AND detail LIKE '%--uplink lan%'
                    """, [["1"]])
                #expect(try await lab.client1.addresses().isEmpty)
            }
        }

        @Test func `the server sees the host's network, and no container is in it`() async throws {
            try await Lab.with(.publishedPort) { stack in
                let host = stack.engine.lab.host
                try await stack.up()
                try await stack.isReady()
                try await stack.records("SELECT uplink, outcome FROM starts", [["runtime", "ready"]])
                var networks: [String: String] = [:]
                for service in stack.file.services {
                    networks[service] = try await stack.inspect(service, "{{.HostConfig.NetworkMode}}")
                }
                #expect(
                    networks == [
                        "discovery": "none", "netns-agent": "stack_default", "relay": "none", "recorder": "none",
                    ])
                // As docker publishes a port by default, and as Container makes it for tests without an engine.
                let rules = try await host.output("iptables", "--wait", "--table", "nat", "--list-rules", "DOCKER")
                #expect(rules.contains("--dport 67 -j DNAT"), "\(rules)")
                let sockets = try await host.output("ss", "--udp", "--listening", "--numeric", "--processes")
                #expect(sockets.contains("docker-proxy"), "\(sockets)")
            }
        }

        /// A server for the host's LAN, and for a network behind a relay agent.
        static let server = Server.dhcpd(
            """
            authoritative;
            ping-check false;
            subnet 192.168.50.0 netmask 255.255.255.0 {
                range 192.168.50.30 192.168.50.39;
                option routers 192.168.50.1;
            }
            subnet 192.168.60.0 netmask 255.255.255.0 {
                range 192.168.60.30 192.168.60.30;
                option routers 192.168.60.1;
            }

            """)
    }
}
