public import Addresses

/// A window on the bytes of a packet that checks bounds.
///
/// No other type reads the memory of a packet.
///
/// Numbers are in network byte order (RFC 791, appendix B). A read outside of the window stops the process, and never
/// touches other memory. The views that are built on this one check the length once, when they are made, so that they
/// never read outside of it.
public struct ByteView: ~Escapable {
    private let span: RawSpan

    /// Makes a window on all of `span`.
    @_lifetime(copy span)
    public init(_ span: RawSpan) {
        self.span = span
    }

    /// The number of bytes in the window.
    public var count: Int { span.byteCount }

    /// A window on the bytes in `range`; nil if the range leaves this window.
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
        unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
    }

    // The load checks its bounds. Swift calls it unsafe because it can load any BitwiseCopyable type; for an integer
    // every pattern of bits is a value.
    private func read<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Number {
        Number(bigEndian: unsafe span.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}

extension Span where Element == UInt8 {
    /// The bytes in the form that the views take.
    ///
    /// Swift calls `bytes` unsafe because elements of other types can have gaps between their fields.
    public var rawBytes: RawSpan {
        @_lifetime(copy self)
        get { unsafe bytes }
    }
}
