internal import Addresses

/// Reads the fields of a message one after the other; numbers are in network byte order.
struct FieldReader {
    private let bytes: [UInt8]
    private var position = 0
    /// The name that was read last: nearly all records of a batch have the same.
    private var lastInterface: InterfaceName?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// How many bytes have not been read yet.
    var remaining: Int { bytes.count - position }

    mutating func integer<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type
    ) throws(MessageError) -> Integer {
        let size = Integer.bitWidth / 8
        guard remaining >= size else { throw .tooShort }
        var value: UInt64 = 0
        for offset in position..<position + size { value = value << 8 | UInt64(bytes[offset]) }
        position += size
        return Integer(truncatingIfNeeded: value)
    }

    mutating func bytes(count: Int) throws(MessageError) -> [UInt8] {
        guard remaining >= count else { throw .tooShort }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A length of two bytes, then as many bytes of UTF-8.
    mutating func text(_ field: String) throws(MessageError) -> String {
        let length = try Int(integer(UInt16.self))
        guard let text = try String(validating: bytes(count: length), as: UTF8.self) else {
            throw .invalidField(field)
        }
        return text
    }

    /// Sixteen bytes with NUL behind the name, as `ifr_name` has them.
    mutating func interfaceName() throws(MessageError) -> InterfaceName {
        guard remaining > InterfaceName.maximumLength else { throw .tooShort }
        let field = bytes[position...position + InterfaceName.maximumLength]
        let number = try InterfaceName.Field(first: integer(UInt64.self), last: integer(UInt64.self))
        if let lastInterface, lastInterface.field == number { return lastInterface }
        let name = field.prefix { $0 != 0 }
        guard field.dropFirst(name.count).allSatisfy({ $0 == 0 }), let text = String(validating: name, as: UTF8.self),
            let interface = InterfaceName(text)
        else { throw .invalidField("interface") }
        lastInterface = interface
        return interface
    }

    /// One byte, 0 or 1.
    mutating func boolean(_ field: String) throws(MessageError) -> Bool {
        switch try integer(UInt8.self) {
        case 0: false
        case 1: true
        default: throw .invalidField(field)
        }
    }

    mutating func address() throws(MessageError) -> IPv4Address {
        try IPv4Address(rawValue: integer(UInt32.self))
    }

    /// An address, or nothing where it is 0.0.0.0.
    mutating func optionalAddress() throws(MessageError) -> IPv4Address? {
        let address = try address()
        return address == .unspecified ? nil : address
    }

    /// A network: its lowest address, and the length of the prefix.
    mutating func network(_ field: String) throws(MessageError) -> IPv4Network {
        let address = try address()
        let network = IPv4Network(containing: address, prefixLength: try integer(UInt8.self))
        guard let network, network.address == address else { throw .invalidField(field) }
        return network
    }

    /// A number of two bytes, then as many of what `read` reads, each of one byte at least.
    mutating func list<Element>(
        _ read: (inout FieldReader) throws(MessageError) -> Element
    ) throws(MessageError) -> [Element] {
        var elements: [Element] = []
        for _ in 0..<(try integer(UInt16.self)) { elements.append(try read(&self)) }
        return elements
    }

    /// Ends the reading: nothing may be left.
    func finish() throws(MessageError) {
        guard remaining == 0 else { throw .wrongLength }
    }
}

/// The writing side of `FieldReader`.
extension [UInt8] {
    mutating func appendInteger<Integer: FixedWidthInteger & UnsignedInteger>(_ value: Integer) {
        for shift in stride(from: Integer.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> Integer(shift)))
        }
    }

    mutating func replaceInteger<Integer: FixedWidthInteger & UnsignedInteger>(at position: Int, with value: Integer) {
        for (offset, shift) in stride(from: Integer.bitWidth - 8, through: 0, by: -8).enumerated() {
            self[position + offset] = UInt8(truncatingIfNeeded: value >> Integer(shift))
        }
    }

    /// Text that is longer than 65,535 bytes is cut there, at the boundary of a character.
    mutating func appendText(_ text: String) {
        var utf8 = text.utf8.prefix(Int(UInt16.max))
        while String(validating: utf8, as: UTF8.self) == nil { utf8 = utf8.dropLast() }
        appendInteger(UInt16(utf8.count))
        append(contentsOf: utf8)
    }

    mutating func appendBoolean(_ value: Bool) {
        append(value ? 1 : 0)
    }

    mutating func appendInterfaceName(_ interface: InterfaceName) {
        appendInteger(interface.field.first)
        appendInteger(interface.field.last)
    }
}
