internal import CLinux
internal import CMnl

/// Attributes, one behind the other: `struct nlattr` and what follows it, again and again.
struct AttributeList {
    private let bytes: [UInt8]

    /// Those that lie within another, or behind something else.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What the first attribute of this type holds; none behind one that does not hold what it says is looked at.
    func content(_ type: Int) -> [UInt8]? {
        unsafe bytes.withUnsafeBytes { unsafe Self.content(of: type, in: $0) }
    }

    /// The number that the first attribute of this type holds.
    func number(_ type: Int) -> UInt32? {
        guard let content = content(type), content.count == 4 else { return nil }
        return unsafe content.withUnsafeBytes { unsafe $0.loadUnaligned(as: UInt32.self) }
    }

    /// What `content` gives, of attributes that lie there.
    static func content(of type: Int, in buffer: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let start = buffer.baseAddress else { return nil }
        let end = unsafe start + buffer.count
        var place = unsafe start
        while true {
            let attribute = unsafe place.assumingMemoryBound(to: nlattr.self)
            guard unsafe mnl_attr_ok(attribute, Int32(end - place)) else { return nil }
            if unsafe Int(mnl_attr_get_type(attribute)) == type {
                let length = unsafe Int(mnl_attr_get_payload_len(attribute))
                return unsafe [UInt8](UnsafeRawBufferPointer(start: mnl_attr_get_payload(attribute), count: length))
            }
            unsafe place = UnsafeRawPointer(mnl_attr_next(attribute))
        }
    }
}
