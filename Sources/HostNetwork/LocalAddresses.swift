public import Addresses

/// Reads the host's own addresses from /proc/net/fib_trie, because /proc/net/route does not contain them.
///
/// `fib_trie_seq_show` (net/ipv4/fib_trie.c) writes each routing table as a title (`Main:`, `Local:`, `Id 100:`) and a
/// tree: inner nodes (`+-- 192.0.2.0/24 2 0 2`), leaves (`|-- 192.0.2.2`) and below each leaf its routes
/// (`/32 host LOCAL`). An address of an interface is a `/32 host LOCAL` of the table Local; until the first routing
/// rule is added, the kernel keeps Local and Main as one tree and prints it under both titles. Other tables belong to
/// VRFs and to routing rules, where an address of the host may be anything.
public enum LocalAddresses {
    /// The largest file that is accepted, in bytes.
    ///
    /// A route takes about twice as many bytes here as in /proc/net/route, and can be listed under two titles, so the
    /// limit is four times `RouteTable.maximumSize`.
    public static let maximumSize = 4 << 20

    /// Reads the whole file.
    ///
    /// A namespace without any address has an empty file.
    ///
    /// - Throws: `TableError` naming the first line that is not as the kernel writes it, or the last line when the
    ///   file ends before the routes of a leaf.
    public static func parse(_ bytes: [UInt8]) throws(TableError) -> Set<IPv4Address> {
        var trie = Trie()
        var last: Line?
        for line in try Lines(bytes, maximum: maximumSize) {
            try trie.read(line)
            last = line
        }
        if let last, !trie.isComplete { throw last.error("the file ends here, before the routes of a leaf") }
        return trie.addresses
    }
}

/// What the parser knows after the lines that it has read.
private struct Trie {
    /// The names in `rtn_type_names`.
    ///
    /// The kernel prints `type 12` for a type that has no name.
    private static let types: [String] = [
        "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT",
        "THROW", "NAT", "XRESOLVE", "type",
    ]

    private(set) var addresses: Set<IPv4Address> = []
    /// Whether the last line was a route: every complete tree ends with one.
    private(set) var isComplete = true
    /// Whether the table is Local or Main; nil before the first title.
    private var tellsOwnAddresses: Bool?
    private var leaf: IPv4Address?

    mutating func read(_ line: Line) throws(TableError) {
        let columns = line.columns
        isComplete = false
        if line.isTitle {
            tellsOwnAddresses = line.text == "Local:" || line.text == "Main:"
            leaf = nil
        } else if tellsOwnAddresses == nil {
            throw line.error("Line", line.text, "stands before the title of a table, such as `Local:`")
        } else if columns.count == 5, columns[0] == "+--" {
            leaf = nil
        } else if columns.count == 2, columns[0] == "|--" {
            leaf = try line.dottedAddress(columns[1])
        } else if let leaf, columns.count >= 3, columns[0].first == UInt8(ascii: "/") {
            try readRoute(to: leaf, columns, of: line)
        } else {
            throw line.error("Line", line.text, "is no title, node, leaf or route of a fib_trie")
        }
    }

    /// Reads `/32 host LOCAL` and ignores what follows, such as `tos=16`.
    private mutating func readRoute(
        to leaf: IPv4Address, _ columns: [ArraySlice<UInt8>], of line: Line
    ) throws(TableError) {
        guard let length = Line.decimal(columns[0].dropFirst()), length <= 32 else {
            throw line.error("Prefix", columns[0], "is not a length from /0 to /32")
        }
        guard Self.types.contains(where: { columns[2] == $0 }) else {
            throw line.error("Type", columns[2], "is no type of route")
        }
        isComplete = true
        if tellsOwnAddresses == true, length == 32, columns[1] == "host", columns[2] == "LOCAL" {
            addresses.insert(leaf)
        }
    }
}

extension Line {
    /// Whether the line begins a table: `Main:`, `Local:`, or `Id 100:` for a table without a name.
    fileprivate var isTitle: Bool {
        text == "Local:" || text == "Main:"
            || text.starts(with: "Id ".utf8) && text.last == UInt8(ascii: ":")
                && Self.decimal(text.dropFirst(3).dropLast()) != nil
    }

    /// Reads an address in dotted decimal.
    fileprivate func dottedAddress(_ text: ArraySlice<UInt8>) throws(TableError) -> IPv4Address {
        guard let address = IPv4Address(String(decoding: text, as: UTF8.self)) else {
            throw error("Leaf", text, "is not an IPv4 address")
        }
        return address
    }
}
