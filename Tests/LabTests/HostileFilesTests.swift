import Foundation
import Testing

/// A server of root's that was taken over, and the files of a plain host.
@Suite struct HostileFilesTests {
    private static let server = HostileServer.server(
        [HostileFiles.ways, HostileFiles.usualWork, ending].joined(separator: "\n"))

    private static let ending = """
        print("attempts are over", flush=True)
        while not os.path.ismount("/media"): time.sleep(0.05)
        print("the host's later mount is there", flush=True)
        port.recv(2048)
        """

    /// A host as systemd makes it, whose mounts are shared, with the kernel's files in a second place as well.
    private static let host = [
        "sh", "-c",
        """
        mount --make-rshared / && mkdir -p /run/chroot/proc /run/chroot/sys /run/chroot/dev &&
            mount -t proc proc /run/chroot/proc && mount --rbind /sys /run/chroot/sys &&
            mount --rbind /dev /run/chroot/dev && exec "$@"
        """, "sh",
    ]

    @Test func `the kernel's files, the disks, our processes and our sockets are kept from it, its own are not`()
        async throws
    {
        try await Lab.with { lab in
            let service = try await lab.middleSock(Self.server, by: Self.host)
            _ = try await lab.client1.start(.udhcpc)
            let program = service.program
            try await program.says("attempts are over", within: .seconds(60))
            let said = HostileFiles.attempts(in: program.text)
            let succeeded = said.filter { $0.hasSuffix(": ok") }
            #expect(succeeded.allSatisfy { $0.hasPrefix("usual ") }, "\(succeeded)")
            #expect(said.allSatisfy { !$0.hasPrefix("usual ") || $0.hasSuffix(": ok") }, "\(said)")
            #expect(said.count == 71 && succeeded.count == 11, "\(said)")
            // Not because there was nothing to be found.
            for top in ["/proc", "/sys", "/run/chroot/sys"] {
                let found = program.text.firstMatch(of: try Regex("walked \(top): ([0-9]+) files, to be written (.*)"))
                #expect(found?.output[2].substring == "[]", "\(top)")
                #expect(try #require(Int(found?.output[1].substring ?? "")) > 500, "\(top)")
            }
            let devices = ["full", "null", "random", "tty", "urandom", "zero"].map { "'/dev/\($0)'" }
            #expect(program.text.contains("devices [\(devices.joined(separator: ", "))] of "))
            #expect(program.text.contains("processes ['python3', 'server-init'] and []"))

            let mount = [
                "nsenter", "--target", "\(try program.running)", "--mount", "mount", "-t", "tmpfs", "none", "/media",
            ]
            #expect(try await lab.startOutside(mount).ended().status == 0)
            try await program.says("the host's later mount is there")
        }
    }
}
