import Foundation
import Testing

/// A server that tries to get at the host, from the namespaces and with the capabilities that it has under middle-sock.
@Suite struct HostileReachTests {
    /// Tries one way after the other, and says of each how it went, `attempt NAME: ok` where it was let.
    private static let server = HostileServer.server(
        """
        def connect(family, address):
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.settimeout(3)
                client.connect(address)

        finit_module = {"x86_64": 313, "aarch64": 273}[os.uname().machine]
        other_address = struct.pack("16sHH4s24x", b"ens34", socket.AF_INET, 0, stranger)

        attempt("host by its address", lambda: connect(socket.AF_INET, ("192.168.50.2", 8080)))
        attempt("host by loopback", lambda: connect(socket.AF_INET, ("127.0.0.1", 8080)))
        attempt("router", lambda: connect(socket.AF_INET, ("192.168.50.1", 8080)))
        attempt("abstract name", lambda: connect(socket.AF_UNIX, "\\0middle-sock-test"))
        attempt("new network", lambda: call(libc.unshare, 0x40000000))
        attempt("new mounts", lambda: call(libc.unshare, 0x00020000))
        attempt("mount", lambda: call(libc.mount, b"none", b"/mnt", b"tmpfs", 0, None))
        attempt("device", lambda: os.mknod("/run/device", stat.S_IFCHR | 0o600, os.makedev(1, 1)))
        attempt("module", lambda: call(libc.syscall, finit_module, -1, b"", 0))
        attempt("address", lambda: fcntl.ioctl(port, 0x8916, other_address) and None)
        attempt("interface of the host", lambda: wire.bind(("host", 0)))
        attempt("clock", lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))
        attempt("SYS_ADMIN", lambda: None if libc.prctl(23, 21) else "not in the bounding set")
        print("interfaces", sorted(name for _, name in socket.if_nameindex()), flush=True)
        print("attempts are over", flush=True)
        port.recv(2048)
        """)

    /// What it is not let, and why.
    private static let denied = [
        "host by its address: Connection refused", "host by loopback: Connection refused",
        "abstract name: Connection refused", "new network: Operation not permitted",
        "new mounts: Operation not permitted", "mount: Operation not permitted", "device: Operation not permitted",
        "address: Operation not permitted",
        "interface of the host: No such device", "clock: Operation not permitted",
        "SYS_ADMIN: not in the bounding set",
    ]

    @Test func `what is the host's stays out of reach, and nothing of it is seen on the LAN`() async throws {
        try await Lab.with { lab in
            let listener = """
                import select, socket
                services = [socket.create_server(("0.0.0.0", 8080)), socket.socket(socket.AF_UNIX)]
                services[1].bind("\\0middle-sock-test")
                services[1].listen()
                print("listening", flush=True)
                while True:
                    for service in select.select(services, [], [])[0]:
                        service.accept()
                        print("somebody came", flush=True)
                """
            let listening = try await lab.host.start("python3", "-u", "-c", listener)
            try await listening.says("listening")
            let service = try await lab.middleSock(Self.server)
            let seen = try await lab.capture("ether src 02:00:00:00:50:02 and not (arp or icmp)")
            _ = try await lab.client1.start(.udhcpc)
            try await service.program.says("attempts are over", within: .seconds(60))
            let said = HostileFiles.attempts(in: service.program.text)
            for attempt in Self.denied { #expect(said.contains(attempt), "\(attempt) in \(said)") }
            // Some kernels know no modules at all.
            #expect(said.contains { $0.hasPrefix("module: ") && !$0.hasSuffix(": ok") })
            #expect(said.contains { $0.hasPrefix("router: ") && !$0.hasSuffix(": ok") }, "\(said)")
            #expect(service.program.text.contains("interfaces ['ens34', 'lo']"))
            #expect(!listening.text.contains("somebody came"))
            #expect(seen.lines.isEmpty, "\(seen.lines)")
        }
    }
}
