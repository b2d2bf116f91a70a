import Foundation
import Testing

/// What `script/install` puts where, and takes away again.
@Suite struct InstallTests {
    /// All files beneath a directory.
    private func files(_ directory: String) -> [String] {
        let all = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
        var isDirectory: ObjCBool = false
        return all.filter {
            unsafe FileManager.default.fileExists(atPath: "\(directory)/\($0)", isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.sorted()
    }

    @Test(arguments: [
        ("/usr/local", "usr/local/lib/systemd/system", "usr/local/lib/sysusers.d"),
        ("/usr", "usr/lib/systemd/system", "usr/lib/sysusers.d"), ("/opt/m-s", "etc/systemd/system", "etc/sysusers.d"),
    ])
    func `everything is where systemd looks, and goes again`(
        prefix: String, units: String, users: String
    ) async throws {
        try await Lab.with { lab in
            let root = SystemdHost.installed(in: lab)
            try await SystemdHost.install("--prefix", prefix, "--destdir", root, in: lab)
            let services = ["", "-discovery", "-netns-agent", "-proxy", "-recorder", "-relay", "-sockets"]
                .map { "middle-sock\($0).service" }
            let programs = ["discovery", "middle-sock", "netns-agent", "proxy", "recorder", "relay"]
            let expected =
                programs.map { "\(prefix.dropFirst())/bin/\($0)" }
                + (services + ["middle-sock.target"]).map { "\(units)/\($0)" }
                + ["\(users)/middle-sock.conf", "etc/default/middle-sock"]
            let shared = "\(prefix.dropFirst())/share/"
            #expect(files(root).filter { !$0.hasPrefix(shared) } == expected.sorted())
            for file in ["man/man8/middle-sock.8", "man/man8/recorder-leases.8", "bash-completion/completions/relay"] {
                #expect(files(root).contains(shared + file))
            }
            for name in programs where name != "middle-sock" {
                let unit = contents(of: "\(root)/\(units)/middle-sock-\(name).service")
                #expect(unit.contains("\nExecStart=\(prefix)/bin/\(name) "))
            }
            let version = try await lab.startOutside(["\(root)\(prefix)/bin/discovery", "--help"]).ended()
            #expect(version.status == 0 && version.output.contains("networks this host belongs to"))
            try await SystemdHost.install("--uninstall", "--prefix", prefix, "--destdir", root, in: lab)
            #expect(files(root).isEmpty)
        }
    }

    @Test func `programs can have a directory of their own, and one of them a name in the path`() async throws {
        try await Lab.with { lab in
            let root = SystemdHost.installed(in: lab)
            let options = ["--prefix", "/usr", "--programs", "/usr/lib/m-s", "--destdir", root]
            let install = ["MIDDLE_SOCK_BINARIES=\(Project.binaries)", "\(Project.root)/script/install"]
            #expect(try await lab.startOutside(install + options).ended().status == 0)
            #expect(files(root).filter { $0.hasPrefix("usr/bin/") } == ["usr/bin/middle-sock"])
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/usr/bin/middle-sock")
            #expect(target == "../lib/m-s/middle-sock")
            let unit = contents(of: "\(root)/usr/lib/systemd/system/middle-sock-relay.service")
            #expect(unit.contains("\nExecStart=/usr/lib/m-s/relay "))
            let leases = try await lab.startOutside(["\(root)/usr/bin/middle-sock", "leases", "--help"]).ended()
            #expect(leases.status == 0 && leases.output.contains("recorder leases"))
            #expect(try await lab.startOutside(install + ["--uninstall"] + options).ended().status == 0)
            #expect(files(root).isEmpty)
        }
    }

    @Test func `what an administrator has written stays`() async throws {
        try await Lab.with { lab in
            let root = SystemdHost.installed(in: lab)
            let file = "\(root)/etc/default/middle-sock"
            try await SystemdHost.install("--destdir", root, in: lab)
            try "MIDDLE_SOCK_SERVER=mine\n".write(toFile: file, atomically: false, encoding: .utf8)
            try await SystemdHost.install("--destdir", root, in: lab)
            #expect(contents(of: file) == "MIDDLE_SOCK_SERVER=mine\n")
            try await SystemdHost.install("--uninstall", "--destdir", root, in: lab)
            #expect(files(root) == ["etc/default/middle-sock"])
        }
    }

    @Test(arguments: [["--prefix", "relative"], ["--prefix", "/with blank"], ["--prefix"], ["--wrong"]])
    func `what cannot be is refused before anything is done`(options: [String]) async throws {
        try await Lab.with { lab in
            let root = SystemdHost.installed(in: lab)
            let command = ["\(Project.root)/script/install", "--destdir", root] + options
            let ending = try await lab.startOutside(command).ended()
            #expect(ending.status == 64)
            #expect(files(root).isEmpty)
        }
    }
}
