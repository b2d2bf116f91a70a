/// An IPv4 address.
public struct IPv4Address: Hashable, Comparable, Sendable {
    /// The address as a number: 192.0.2.1 is 0xC0000201, whatever the byte order of the machine.
    public let rawValue: UInt32

    /// Makes the address with this number.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Makes the address a.b.c.d.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// 0.0.0.0, which stands for "none" in DHCP.
    public static let unspecified = IPv4Address(rawValue: 0)

    /// 255.255.255.255, the limited broadcast.
    public static let broadcast = IPv4Address(rawValue: .max)

    /// Orders addresses by their number.
    public static func < (left: IPv4Address, right: IPv4Address) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension IPv4Address: LosslessStringConvertible {
    /// Reads four decimal numbers with dots between them and without leading zeros; nil for any other text.
    public init?(_ description: String) {
        let parts = description.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let octet = UInt8(part), String(octet) == part else { return nil }
            number = number << 8 | UInt32(octet)
        }
        rawValue = number
    }

    /// The address in dotted decimal: `192.0.2.1`.
    public var description: String {
        // The recorder writes several for each packet. String interpolation takes ten times as long.
        unsafe String(unsafeUninitializedCapacity: "255.255.255.255".utf8.count) { text in
            var length = 0
            func append(_ byte: UInt8) {
                unsafe text[length] = byte
                length += 1
            }
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                let part = UInt8(truncatingIfNeeded: rawValue >> shift)
                if part >= 100 { append(UInt8(ascii: "0") + part / 100) }
                if part >= 10 { append(UInt8(ascii: "0") + part / 10 % 10) }
                append(UInt8(ascii: "0") + part % 10)
                if shift > 0 { append(UInt8(ascii: ".")) }
            }
            return length
        }
    }
}
