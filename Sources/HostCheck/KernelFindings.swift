/// Checks that the system offers what middle-sock needs.
public enum KernelFindings {
    /// The result of an attempt.
    public enum Trial: Hashable, Sendable {
        /// The attempt succeeded.
        case succeeded
        /// The attempt failed, for this reason.
        case failed(String)
        /// The attempt could not be made, for this reason.
        case impossible(String)
    }

    /// Checks that the caller has the privileges that netns-agent needs.
    ///
    /// - Parameter missing: the capabilities that the caller lacks, by their names in capabilities(7) without `CAP_`.
    public static func privileges(missing: [String]) -> Finding {
        guard !missing.isEmpty else {
            return Finding("privileges", .ok, "all that netns-agent needs are there")
        }
        return Finding(
            "privileges", .problem, "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing",
            advice: "run it as root, with sudo, or in a container that has these capabilities (docs/security.md)")
    }

    /// Checks that the server's program was found, by its name or its path.
    ///
    /// - Parameter path: the path of the program.
    public static func server(_ name: String, path: String?) -> Finding {
        guard let path else {
            return Finding(
                "server", .problem, "there is no program \(name)", advice: "install it, or give its path")
        }
        return Finding("server", .ok, path)
    }

    /// Checks that the kernel can make network namespaces, a pair of links, and packet sockets on them.
    public static func namespaces(_ trial: Trial) -> Finding {
        switch trial {
        case .succeeded:
            Finding("namespaces", .ok, "namespaces, a veth pair and packet sockets were made, and are gone again")
        case .failed(let reason):
            Finding(
                "namespaces", .problem, reason,
                advice: "the kernel needs network namespaces, veth ('modprobe veth') and packet sockets; a container "
                    + "needs SYS_ADMIN, NET_ADMIN and NET_RAW")
        case .impossible(let reason): Finding("namespaces", .unchecked, reason)
        }
    }

    /// Checks that the kernel can make TAP interfaces.
    ///
    /// Only a server that others start needs them.
    public static func tun(_ trial: Trial) -> Finding {
        switch trial {
        case .succeeded: Finding("TUN", .ok, "/dev/net/tun is there")
        case .failed(let reason):
            Finding(
                "TUN", .problem, reason,
                advice: "'modprobe tun' on the host; a container also needs the device /dev/net/tun")
        case .impossible(let reason): Finding("TUN", .unchecked, reason)
        }
    }

    /// Checks that a process can give up what it does not need.
    ///
    /// - Parameters:
    ///   - landlock: the version of Landlock's interface; nil if the kernel has none, or has it switched off.
    ///   - seccomp: whether the kernel can filter system calls.
    public static func sandbox(landlock: Int?, seccomp: Bool) -> [Finding] {
        [
            seccomp
                ? Finding("seccomp", .ok, "filters for system calls are there")
                : Finding(
                    "seccomp", .warning, "this kernel has no filters for system calls",
                    advice: "take a kernel with CONFIG_SECCOMP_FILTER: without it a relay that was taken over could do "
                        + "more with its sockets"),
            landlock.map { Finding("Landlock", .ok, "version \($0)") }
                ?? Finding(
                    "Landlock", .warning, "this kernel has no Landlock, or it is switched off",
                    advice: "take a kernel with CONFIG_SECURITY_LANDLOCK and 'landlock' in its lsm= parameter: without "
                        + "it files are kept from relay and recorder by their users alone"),
        ]
    }
}
