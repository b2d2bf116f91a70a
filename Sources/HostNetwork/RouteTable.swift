internal import Addresses

/// /proc/net/route: the main routing table as `fib_route_seq_show` (net/ipv4/fib_trie.c) writes it.
///
/// The first line names the columns, each further line is one route, padded with blanks to 127 characters. A file of
/// no bytes is a table too: that of a network namespace in which no interface was ever up.
public enum RouteTable {
    /// The most bytes that are accepted: 8,191 routes.
    public static let maximumSize = 1 << 20

    /// The names in the first line.
    ///
    /// The kernel writes a blank behind `Gateway` and a second tab behind `Mask`.
    static let columns = [
        "Iface", "Destination", "Gateway", "Flags", "RefCnt", "Use", "Metric", "Mask", "MTU", "Window", "IRTT",
    ]

    /// Reads the whole file, in the order of the file: by destination, then by metric.
    ///
    /// The kernel hands the file out in pieces of about 3.9 KB and forgets between them what it said; when the table
    /// changes meanwhile, lines are missing or come twice, which no parser can see. The reader reads until two
    /// readings are equal, byte for byte, and then hands over the bytes.
    ///
    /// - Throws: `TableError` naming the first line that is not as the kernel writes it, a torn last line included.
    public static func parse(_ bytes: [UInt8]) throws(TableError) -> [Route] {
        var lines = try Lines(bytes, maximum: maximumSize)
        guard let header = lines.next() else { return [] }
        guard header.columns.elementsEqual(columns, by: ==) else {
            throw header.error("Header", header.text, "does not name the 11 columns of /proc/net/route")
        }
        var routes: [Route] = []
        while let line = lines.next() { routes.append(try Route(line)) }
        return routes
    }
}

extension Route {
    /// The route that a line tells of.
    fileprivate init(_ line: Line) throws(TableError) {
        let columns = line.columns
        guard columns.count == RouteTable.columns.count else {
            throw line.error("\(RouteTable.columns.count) columns expected, \(columns.count) found")
        }
        let gateway = try line.address("Gateway", columns[2])
        self.init(
            interface: try line.interface(columns[0]),
            destination: try line.network(columns[1], mask: columns[7]),
            gateway: gateway == .unspecified ? nil : gateway,
            flags: RouteFlags(rawValue: try line.hexadecimal("Flags", columns[3], digits: 4)),
            metric: try line.metric(columns[6]))
    }
}

extension Line {
    /// The interface in the column Iface; `*` is none.
    fileprivate func interface(_ text: ArraySlice<UInt8>) throws(TableError) -> InterfaceName? {
        if text == "*" { return nil }
        guard let interface = String(validating: text, as: UTF8.self).flatMap(InterfaceName.init) else {
            throw error(
                "Iface", text, "is not a name of at most \(InterfaceName.maximumLength) bytes without `/` or `:`")
        }
        return interface
    }

    /// The network in the columns Destination and Mask.
    fileprivate func network(_ text: ArraySlice<UInt8>, mask: ArraySlice<UInt8>) throws(TableError) -> IPv4Network {
        let address = try address("Destination", text)
        let bits = try self.address("Mask", mask).rawValue
        let length = (~bits).leadingZeroBitCount
        guard bits << length == 0, let network = IPv4Network(containing: address, prefixLength: UInt8(length)) else {
            throw error("Mask", mask, "is not a number of ones followed by zeros")
        }
        guard network.address == address else { throw error("Destination", text, "has bits outside its Mask") }
        return network
    }

    /// An address: its four bytes, which are in the order of the wire, printed as one number of this machine.
    fileprivate func address(_ name: String, _ text: ArraySlice<UInt8>) throws(TableError) -> IPv4Address {
        IPv4Address(rawValue: UInt32(bigEndian: try hexadecimal(name, text, digits: 8)))
    }

    /// A number of exactly so many hexadecimal digits, at most 8.
    fileprivate func hexadecimal(
        _ name: String, _ text: ArraySlice<UInt8>, digits: Int
    ) throws(TableError) -> UInt32 {
        var number: UInt32 = 0
        for digit in text {
            guard text.count == digits, let value = Self.hexadecimalValue(digit) else {
                throw error(name, text, "is not \(digits) hexadecimal digits")
            }
            number = number << 4 | value
        }
        return number
    }

    private static func hexadecimalValue(_ digit: UInt8) -> UInt32? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(digit - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(digit - UInt8(ascii: "a")) + 10
        default: nil
        }
    }

    /// The number in the column Metric.
    fileprivate func metric(_ text: ArraySlice<UInt8>) throws(TableError) -> UInt32 {
        guard let number = Self.decimal(text) else {
            throw error("Metric", text, "is not a number from 0 to \(UInt32.max)")
        }
        return number
    }
}
