public import Addresses

/// A checked window on the bytes of a packet: the only place that reads packet memory.
///
/// Numbers are in network byte order (RFC 791, appendix B). Reading outside of the window stops the process and never
/// touches other memory; the views built on this one check the length once, when they are made, and so never get there.
public struct ByteView: ~Escapable {
    private let span: RawSpan

    /// A window on all of `span`.
    @_lifetime(copy span)
    public init(_ span: RawSpan) {
        self.span = span
    }

    /// How many bytes the window shows.
    public var count: Int { span.byteCount }

    /// The bytes from `range`, or nothing when it leaves the window.
    @_lifetime(copy self)
    public func slice(_ range: Range<Int>) -> ByteView? {
        guard range.lowerBound >= 0, range.upperBound <= count else { return nil }
        return ByteView(span.extracting(range))
    }

    /// The byte at `offset`.
    public func uint8(at offset: Int) -> UInt8 { read(at: offset) }

    /// The 16-bit number that starts at `offset`.
    public func uint16(at offset: Int) -> UInt16 { read(at: offset) }

    /// The 32-bit number that starts at `offset`.
    public func uint32(at offset: Int) -> UInt32 { read(at: offset) }

    /// The 64-bit number that starts at `offset`.
    public func uint64(at offset: Int) -> UInt64 { read(at: offset) }

    /// The IPv4 address that starts at `offset`.
    public func ipv4Address(at offset: Int) -> IPv4Address { IPv4Address(rawValue: read(at: offset)) }

    /// The Ethernet address that starts at `offset`.
    public func macAddress(at offset: Int) -> MACAddress {
        MACAddress(rawValue: UInt64(uint16(at: offset)) << 32 | UInt64(uint32(at: offset + 2)))
    }

    /// A copy of the bytes.
    public var array: [UInt8] {
        (0..<count).map { uint8(at: $0) }
    }

    // The load checks its bounds; it counts as unsafe because any BitwiseCopyable type could be asked for. An integer
    // has a value for every pattern of bits.
    private func read<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
        Number(bigEndian: unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}

extension Span where Element == UInt8 {
    /// The bytes as the views take them.
    ///
    /// `bytes` counts as unsafe because other elements can have gaps between fields.
    public var rawBytes: RawSpan {
        @_lifetime(copy self)
        get { unsafe bytes }
    }
}
