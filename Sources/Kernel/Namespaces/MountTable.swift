/// What is mounted where in the caller's mount namespace, as `/proc/self/mountinfo` lists it (proc(5)).
public struct MountTable: Hashable, Sendable {
    /// One mount.
    public struct Entry: Hashable, Sendable {
        /// Its number, and that of the mount it is mounted on.
        public let number: Int, parent: Int
        /// The path that it is mounted at.
        public let path: String
        /// The kind of file system, such as `ext4`.
        public let type: String
    }

    /// The mounts, in the order in which they were made.
    public let entries: [Entry]

    /// The mounts in the text; lines that do not look as the kernel writes them are passed over.
    public init(parsing text: [UInt8]) {
        entries = text.split(separator: UInt8(ascii: "\n")).compactMap(Entry.init(line:))
    }

    /// What is mounted now.
    ///
    /// - Throws: `SystemError` of open(2) or read(2).
    public static func current() throws(SystemError) -> MountTable {
        MountTable(parsing: try Descriptor.contents(of: "/proc/self/mountinfo"))
    }

    /// File systems that are no files on any disk but the kernel's own, by which it is looked at and configured.
    private static let kernelTypes: Set = [
        "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "efivarfs", "functionfs", "fusectl", "nfsd",
        "proc",
        "pstore", "resctrl", "rpc_pipefs", "securityfs", "selinuxfs", "smackfs", "sysfs", "tracefs", "xenfs",
    ]

    /// The paths at which the kernel's own file systems can be reached, but for those beneath another of these paths.
    public var kernelPaths: [String] {
        let paths = paths(of: Self.kernelTypes)
        return Set(paths).filter { path in !paths.contains { path.hasPrefix($0 + "/") } }.sorted()
    }

    /// The paths at which processes can be looked into, beside `/proc`: those of chroots, for instance.
    public var otherProcessPaths: [String] {
        Set(paths(of: ["proc"])).filter { $0 != "/proc" && !$0.hasPrefix("/proc/") }.sorted()
    }

    private func paths(of types: Set<String>) -> [String] {
        entries.filter { types.contains($0.type) && isReachable($0) }.map(\.path)
    }

    /// Whether a path leads there: neither it nor what it is mounted on was covered by another mount.
    private func isReachable(_ entry: Entry) -> Bool {
        let isCovered = entries.contains { other in
            other.parent == entry.number && other.path == entry.path
                || other.parent == entry.parent && other.number != entry.number
                    && entry.path.hasPrefix(other.path == "/" ? "/" : other.path + "/")
        }
        guard !isCovered else { return false }
        return entries.first { $0.number == entry.parent }.map(isReachable) ?? true
    }
}

extension MountTable.Entry {
    /// Reads a line like `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`.
    fileprivate init?(line: ArraySlice<UInt8>) {
        let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard words.count >= 9, let number = Int(words[0]), let parent = Int(words[1]),
            let dash = words.dropFirst(6).firstIndex(of: "-"), dash + 1 < words.count
        else { return nil }
        self.number = number
        self.parent = parent
        path = Self.unescaped(words[4])
        type = words[dash + 1]
    }

    /// The kernel writes blanks, tabs, newlines and backslashes as three octal digits (mangle, fs/seq_file.c).
    private static func unescaped(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            let digits = String(decoding: rest.dropFirst().prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let escaped = UInt8(digits, radix: 8) {
                bytes.append(escaped)
                rest = rest.dropFirst(4)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
