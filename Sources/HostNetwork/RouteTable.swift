internal import Addresses

/// Reads /proc/net/route: the main routing table, as `fib_route_seq_show` (net/ipv4/fib_trie.c) writes it.
///
/// The first line names the columns. Each further line is one route, padded with blanks to 127 characters. A network
/// namespace in which no interface was ever up has an empty file, which is a table too.
public enum RouteTable {
    /// The largest file that is accepted, in bytes: 8,191 routes.
    public static let maximumSize = 1 << 20

    /// The names of the columns in the first line.
    ///
    /// The kernel writes a blank after `Gateway` and a second tab after `Mask`.
    static let columns = [
        "Iface", "Destination", "Gateway", "Flags", "RefCnt", "Use", "Metric", "Mask", "MTU", "Window", "IRTT",
    ]

    /// Reads the whole file, in the order of the file: by destination, then by metric.
    ///
    /// The kernel writes the file in pieces of about 3.9 KB. If the table changes between two pieces, lines are missing
    /// or come twice, and no parser can see that. The caller therefore has to read the file until two readings are
    /// equal, byte for byte.
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
    /// Reads the route in a line.
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
    /// Reads the interface in the column Iface; nil for `*`.
    fileprivate func interface(_ text: ArraySlice<UInt8>) throws(TableError) -> InterfaceName? {
        if text == "*" { return nil }
        guard let interface = String(validating: text, as: UTF8.self).flatMap(InterfaceName.init) else {
            throw error(
                "Iface", text, "is not a name of at most \(InterfaceName.maximumLength) bytes without `/` or `:`")
        }
        return interface
    }

    /// Reads the network in the columns Destination and Mask.
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

    /// Reads an address.
    ///
    /// The kernel prints its four bytes, which are in the order of the wire, as one number in the byte order of this
    /// machine.
    fileprivate func address(_ name: String, _ text: ArraySlice<UInt8>) throws(TableError) -> IPv4Address {
        IPv4Address(rawValue: UInt32(bigEndian: try hexadecimal(name, text, digits: 8)))
    }

    /// Reads a number of exactly `digits` hexadecimal digits, at most 8.
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

    /// Reads the number in the column Metric.
    fileprivate func metric(_ text: ArraySlice<UInt8>) throws(TableError) -> UInt32 {
        guard let number = Self.decimal(text) else {
            throw error("Metric", text, "is not a number from 0 to \(UInt32.max)")
        }
        return number
    }
}
