import Kernel
import Testing

@Suite("The table of mounts")
struct MountTableTests {
    private func table(_ lines: String...) -> MountTable {
        MountTable(parsing: Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    private static let root = "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"
    private static let processes = "23 22 0:21 / /proc rw,relatime shared:2 - proc proc rw"
    private static let system = "24 22 0:22 / /sys rw,relatime shared:3 master:9 - sysfs sysfs rw"

    @Test func `of the kernel's own file systems those count that lie in no other`() {
        let found = table(
            Self.root, Self.processes, Self.system,
            "25 24 0:23 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw",
            "26 23 0:24 / /proc/sys/fs/binfmt_misc rw shared:5 - binfmt_misc binfmt_misc rw",
            "27 22 0:25 / /run rw shared:6 - tmpfs tmpfs rw",
            "28 27 0:26 / /run/rpc_pipefs rw - rpc_pipefs sunrpc rw",
            "29 22 0:21 / /srv/chroot/proc rw - proc proc rw",
            "30 22 0:22 / /sysroot rw - sysfs sysfs rw")
        #expect(found.kernelPaths == ["/proc", "/run/rpc_pipefs", "/srv/chroot/proc", "/sys", "/sysroot"])
        #expect(found.otherProcessPaths == ["/srv/chroot/proc"])
        #expect(found.entries.map(\.type).contains("tmpfs"))
    }

    @Test func `what another mount covers cannot be reached`() {
        let found = table(
            Self.root, Self.processes, Self.system,
            // On top of it; and over a directory above.
            "25 24 0:30 / /sys rw - tmpfs tmpfs rw",
            "26 22 0:21 / /srv/chroot/proc rw - proc proc rw",
            "27 22 0:31 / /srv rw - tmpfs tmpfs rw",
            // This one was mounted on the cover.
            "28 27 0:21 / /srv/proc rw - proc proc rw",
            "29 22 0:32 / /srvs rw - proc proc rw")
        #expect(found.kernelPaths == ["/proc", "/srv/proc", "/srvs"])
    }

    @Test func `paths are read as they are, and other lines passed over`() {
        let found = table(
            Self.root, #"23 22 0:21 / /srv/a\040b\011c\012d\134e\1 rw - proc proc rw"#, "", "23 22",
            "a b c d e f g h i",
            "24 22 0:21 / /x rw shared:1 master:2")
        #expect(found.kernelPaths == ["/srv/a b\tc\nd\\e\\1"])
        #expect(found.entries.count == 2)
    }

    @Test func `this machine's has the kernel's files where they always are`() throws {
        let paths = try MountTable.current().kernelPaths
        #expect(paths.contains("/proc") && paths.contains("/sys"))
    }
}
