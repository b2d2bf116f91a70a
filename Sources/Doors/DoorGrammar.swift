internal import Addresses

/// What the values of both options are made of.
enum DoorGrammar {
    /// The part before the last slash, and the transport behind it.
    static func transport(
        of text: Substring, among allowed: [DoorTransport], example: String
    ) throws(DoorError) -> (place: Substring, transport: DoorTransport) {
        guard let slash = text.lastIndex(of: "/") else {
            throw DoorError("'\(text)' names no transport: write \(example)")
        }
        let name = text[text.index(after: slash)...]
        guard let transport = DoorTransport(rawValue: String(name)), allowed.contains(transport) else {
            let names = allowed.map(\.rawValue).joined(separator: " or ")
            throw DoorError("'\(name)' is no transport here: write \(names), as in \(example)")
        }
        return (text[..<slash], transport)
    }

    /// A port other than 0, and other than DHCP's where it is one of UDP.
    static func port(_ text: Substring, _ transport: DoorTransport, example: String) throws(DoorError) -> UInt16 {
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(text), port > 0 else {
            throw DoorError("'\(text)' is no port: write a number from 1 to 65535, as in \(example)")
        }
        guard !transport.usesDatagrams || !dhcp.contains(port) else {
            throw DoorError("UDP port \(port) is DHCP's, which passes without a door: leave this option out")
        }
        return port
    }

    /// An address that a socket can have.
    static func address(_ text: Substring, example: String) throws(DoorError) -> IPv4Address {
        guard !text.contains(":"), !text.contains("["), !text.contains("]") else {
            throw DoorError("'\(text)' is an IPv6 address, and doors are for IPv4 so far: write one, as in \(example)")
        }
        guard let address = IPv4Address(String(text)) else {
            throw DoorError("'\(text)' is no IPv4 address: write the address, not a name, as in \(example)")
        }
        guard address.isOfOneStation else {
            throw DoorError("\(address) is not the address of one station: write that, as in \(example)")
        }
        return address
    }

    /// Where the address ends and the port begins: behind a bracket, if there is one.
    static func colon(in text: Substring) -> Substring.Index? {
        let rest = text.lastIndex(of: "]").map { text[$0...] } ?? text
        return rest.lastIndex(of: ":")
    }

    private static let dhcp: Set<UInt16> = [67, 68]
}

extension IPv4Address {
    /// Whether it is neither of nobody, nor of several (RFC 1122, section 3.2.1.3; RFC 5771).
    fileprivate var isOfOneStation: Bool { rawValue >> 24 != 0 && rawValue >> 28 < 14 }
}
