/// The processes that can be seen under `/proc`.
enum ProcessTable {
    static func processes() -> [Int32] {
        DirectoryEntries(of: "/proc").entries.compactMap { Int32($0.name) }
    }

    static func name(of process: Int32) -> String {
        let text = (try? Descriptor.contents(of: "/proc/\(process)/comm")) ?? []
        return String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Whether the process has a file open that has this name in `/proc/PID/fd`.
    static func hasOpen(_ file: String, process: Int32) -> Bool {
        DirectoryEntries(of: "/proc/\(process)/fd").entries.contains {
            (try? SymbolicLink.destination(of: "/proc/\(process)/fd/\($0.name)")) == file
        }
    }
}
