internal import CLinux

/// Memory that outlives the process which writes it, as long as another holds its descriptor (memfd_create(2)).
@safe
public final class SharedMemory {
    /// The bytes, as long as this object lives.
    public let bytes: UnsafeMutableRawBufferPointer

    /// Makes so many bytes, all 0 and not mapped by any process yet.
    ///
    /// The size cannot change afterwards.
    ///
    /// - Throws: `SystemError` of memfd_create(2).
    public static func make(_ name: String, length: Int) throws(SystemError) -> Descriptor {
        Descriptor(owning: try retrying("memfd_create") { unsafe clinux_make_memory(name, length) })
    }

    /// What mapping it needs.
    public static let systemCalls: [SystemCall] = [
        SystemCall("mmap").when(2, lacks: UInt32(PROT_EXEC)).when(3, is: UInt32(MAP_SHARED))
    ]

    /// Maps all of it; afterwards the descriptor is no longer needed.
    ///
    /// - Throws: `SystemError` of mmap(2).
    public init(_ descriptor: consuming Descriptor, length: Int) throws(SystemError) {
        let address = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.rawValue, 0)
        guard let address = unsafe address, unsafe address != UnsafeMutableRawPointer(bitPattern: -1) else {
            throw SystemError("mmap")
        }
        unsafe bytes = UnsafeMutableRawBufferPointer(start: address, count: length)
    }

    deinit {
        _ = unsafe munmap(bytes.baseAddress, bytes.count)
    }
}
