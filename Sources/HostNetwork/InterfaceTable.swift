public import Addresses

/// Reads which interfaces there are from /proc/net/dev: one that has no address is in no other file.
public enum InterfaceTable {
    /// The largest file that is accepted, in bytes: some 8,000 interfaces.
    public static let maximumSize = 1 << 20

    /// Reads the whole file, as `dev_seq_show` (net/core/net-procfs.c) writes it.
    ///
    /// Behind two lines of titles each has the name of an interface, a colon and its counters. A line that names none is
    /// left out.
    ///
    /// - Throws: `TableError` when the file is too large.
    public static func parse(_ bytes: [UInt8]) throws(TableError) -> Set<InterfaceName> {
        var names: Set<InterfaceName> = []
        for line in try Lines(bytes, maximum: maximumSize) where line.number > 2 {
            guard let colon = line.text.firstIndex(of: UInt8(ascii: ":")),
                let name = String(
                    validating: line.text[..<colon].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
            else { continue }
            if let interface = InterfaceName(name) { names.insert(interface) }
        }
        return names
    }
}
