internal import CLinux

/// A file descriptor that has one owner and is closed when the owner ends.
public struct Descriptor: ~Copyable, Sendable {
    /// The number by which the kernel knows it.
    public let rawValue: Int32

    /// Takes over a descriptor that nobody else will close.
    public init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    deinit {
        CLinux.close(rawValue)
    }

    /// Closes it now, rather than when the owner ends.
    public consuming func close() {}

    /// What opening a file for reading needs, reading it and closing it.
    public static let readingCalls: [SystemCall] = [
        SystemCall("openat").when(2, is: UInt32(O_RDONLY | O_CLOEXEC)), "read", "close",
    ]

    /// What making a pipe needs.
    public static let pipeCalls: [SystemCall] = ["pipe2"]

    /// What writing to what is open needs.
    public static let writingCalls: [SystemCall] = ["write"]

    /// Opens a file for reading.
    ///
    /// - Throws: `SystemError` of open(2).
    public init(reading path: String) throws(SystemError) {
        rawValue = try retrying("open \(path)") { unsafe clinux_open(path) }
    }

    /// Opens a file for writing: makes it, readable and writable as far as the umask allows, or empties it.
    ///
    /// - Throws: `SystemError` of creat(2).
    public init(replacing path: String) throws(SystemError) {
        rawValue = try retrying("open \(path)") { unsafe creat(path, 0o666) }
    }

    /// A second descriptor for the same open file.
    ///
    /// - Throws: `SystemError` when the process has no descriptor left.
    public func duplicate() throws(SystemError) -> Descriptor {
        Descriptor(owning: try retrying("fcntl") { clinux_duplicate(rawValue) })
    }

    /// Reads up to `capacity` bytes; no bytes at the end of the file, nothing when there is nothing to read yet.
    ///
    /// - Throws: `SystemError` of read(2).
    public func read(capacity: Int) throws(SystemError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: capacity)
        let count = try retryingUnlessBlocked("read") { unsafe CLinux.read(rawValue, &bytes, capacity) }
        return count.map { Array(bytes.prefix($0)) }
    }

    /// Reads up to `capacity` bytes from the beginning of a file that is opened already.
    ///
    /// Of a list that the kernel makes, one call gives a page at most (fs/seq_file.c).
    ///
    /// - Throws: `SystemError` of pread(2).
    public func readFromStart(capacity: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: capacity)
        var length = 0
        while length < capacity {
            let count = try retrying("pread") {
                unsafe bytes.withUnsafeMutableBytes {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: $0[length...])
                    return unsafe pread(rawValue, rest.baseAddress, rest.count, length)
                }
            }
            guard count > 0 else { break }
            length += count
        }
        return Array(bytes.prefix(length))
    }

    /// The whole text of a small file of the kernel's.
    ///
    /// - Throws: `SystemError` of open(2) or read(2).
    public static func contents(of path: String) throws(SystemError) -> [UInt8] {
        let file = try Descriptor(reading: path)
        var contents: [UInt8] = []
        while let bytes = try file.read(capacity: 16_384), !bytes.isEmpty { contents += bytes }
        return contents
    }

    /// Writes all of `bytes`, waiting where needed.
    ///
    /// - Throws: `SystemError` of write(2).
    public func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try retrying("write") {
                unsafe rest.withUnsafeBytes { unsafe CLinux.write(rawValue, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Both ends of a pipe: what is written into the second comes out of the first.
    ///
    /// - Throws: `SystemError` of pipe2(2).
    public static func pipe() throws(SystemError) -> Pipe {
        var ends: [Int32] = [0, 0]
        try retrying("pipe2") { unsafe pipe2(&ends, O_CLOEXEC) }
        return Pipe(reading: Descriptor(owning: ends[0]), writing: Descriptor(owning: ends[1]))
    }

    /// Makes reads and writes return at once instead of waiting.
    ///
    /// - Throws: `SystemError` of fcntl(2).
    public func stopBlocking() throws(SystemError) {
        try retrying("fcntl") { clinux_stop_blocking(rawValue) }
    }
}

/// The two ends of a pipe, which can have different owners.
@frozen
public struct Pipe: ~Copyable, Sendable {
    /// Where the bytes come out.
    public let reading: Descriptor
    /// Where they go in.
    public let writing: Descriptor

    init(reading: consuming Descriptor, writing: consuming Descriptor) {
        self.reading = reading
        self.writing = writing
    }
}
