/// A walk over the options of a message, in the order in which they are read.
///
/// The order is the options field, then `file`, then `sname`, if option 52 says that these contain options (RFC 2131,
/// section 4.1; RFC 3396, section 5).
///
/// The options of a field end with the option `end`, or at the end of the field, as in dhcpd. Padding is skipped. A message
/// without the magic cookie has none.
public struct DHCPOptionWalk: ~Escapable {
    private let message: ByteView
    private var offset = DHCPMessage.optionsOffset
    private var fieldEnd: Int
    // The fields that are still to be walked: bit 0 stands for `file`, bit 1 for `sname`.
    private var overloadedFields: UInt8 = 0
    private var mayOverload = true
    /// Whether the walk stopped at an option that reaches beyond its field: what stands before it was read.
    public private(set) var isMalformed = false

    @_lifetime(copy message)
    init(message: ByteView) {
        self.message = message
        fieldEnd = Self.isAhead(in: message) ? message.count : DHCPMessage.optionsOffset
    }

    /// Whether options follow the fixed fields of `message`.
    static func isAhead(in message: ByteView) -> Bool {
        message.count >= DHCPMessage.optionsOffset && message.uint32(at: 236) == DHCPMessage.magicCookie
    }

    /// Reads the next option; nil if none is left, or if the next one is malformed.
    @_lifetime(copy self)
    public mutating func next() -> DHCPOption? {
        while offset < fieldEnd || enterNextField() {
            let code = DHCPOptionCode(rawValue: message.uint8(at: offset))
            offset += 1
            switch code {
            case .pad: continue
            case .end: offset = fieldEnd
            default: return option(code)
            }
        }
        return nil
    }

    // Reads the length and the value that follow `code`.
    @_lifetime(copy self)
    private mutating func option(_ code: DHCPOptionCode) -> DHCPOption? {
        guard offset < fieldEnd else { return stop() }
        let value = offset + 1..<offset + 1 + Int(message.uint8(at: offset))
        guard value.upperBound <= fieldEnd, let view = message.slice(value) else { return stop() }
        offset = value.upperBound
        if code == .overload && mayOverload && view.count > 0 {
            overloadedFields = view.uint8(at: 0)
            mayOverload = false
        }
        return DHCPOption(code: code, value: view)
    }

    private mutating func enterNextField() -> Bool {
        mayOverload = false
        if overloadedFields & 1 != 0 {
            enter(DHCPMessage.fileField, bit: 1)
        } else if overloadedFields & 2 != 0 {
            enter(DHCPMessage.serverNameField, bit: 2)
        } else {
            return false
        }
        return true
    }

    private mutating func enter(_ field: Range<Int>, bit: UInt8) {
        overloadedFields &= ~bit
        offset = field.lowerBound
        fieldEnd = field.upperBound
    }

    @_lifetime(copy self)
    private mutating func stop() -> DHCPOption? {
        isMalformed = true
        offset = fieldEnd
        overloadedFields = 0
        return nil
    }
}
