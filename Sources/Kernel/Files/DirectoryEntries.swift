internal import CLinux

/// The entries of a directory; none if it cannot be read.
struct DirectoryEntries {
    /// One of them.
    struct Entry {
        let name: String
        /// What it is (`DT_BLK` and so on, readdir(3)).
        let type: UInt8
    }

    let entries: [Entry]

    init(of directory: String) {
        guard let stream = unsafe opendir(directory) else {
            entries = []
            return
        }
        defer { unsafe closedir(stream) }
        self = unsafe DirectoryEntries(in: stream)
    }

    /// The entries of an open directory that are not read yet.
    init(in stream: OpaquePointer) {
        var entries: [Entry] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            unsafe entries.append(Entry(name: name, type: entry.pointee.d_type))
        }
        self.entries = entries
    }
}
