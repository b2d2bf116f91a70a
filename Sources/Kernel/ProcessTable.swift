internal import CLinux

/// The processes that can be seen under `/proc`.
enum ProcessTable {
    static func processes() -> [Int32] {
        entries(of: "/proc").compactMap { Int32($0) }
    }

    static func name(of process: Int32) -> String {
        let text = (try? Descriptor.contents(of: "/proc/\(process)/comm")) ?? []
        return String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Whether the process has a file open that `/proc/PID/fd` calls so.
    static func hasOpen(_ file: String, process: Int32) -> Bool {
        entries(of: "/proc/\(process)/fd").contains {
            (try? SymbolicLink.destination(of: "/proc/\(process)/fd/\($0)")) == file
        }
    }

    static func entries(of directory: String) -> [String] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            unsafe names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { name in
                    unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                })
        }
        return names
    }
}
