internal import Glibc
internal import Kernel
internal import Packet

/// What was sent and received of each exchange: a byte for each, with a bit for each of the four messages.
struct ExchangeLog {
    /// How many messages were sent.
    private(set) var sent = 0
    /// How many messages were received.
    private(set) var received = 0
    /// How many of those had been received before.
    private(set) var repeated = 0
    private var bytes: [UInt8] = []

    /// A message of the exchange with this number is sent.
    mutating func noteSent(_ type: DHCPMessageType, of number: RequestNumber) {
        sent += 1
        _ = set(type == .discover ? 1 : 4, of: number)
    }

    /// An answer in the exchange with this number came.
    mutating func noteReceived(_ type: DHCPMessageType?, of number: RequestNumber) {
        received += 1
        if !set(type == .offer ? 2 : 8, of: number) { repeated += 1 }
    }

    /// Sets the bit, and says whether it was not set before.
    private mutating func set(_ bit: UInt8, of number: RequestNumber) -> Bool {
        if number.position >= bytes.count {
            bytes += repeatElement(0, count: max(1 << 16, number.position + 1 - bytes.count))
        }
        defer { bytes[number.position] |= bit }
        return bytes[number.position] & bit == 0
    }

    /// Writes the bytes to a file.
    ///
    /// - Throws: `SystemError` of open(2) or write(2).
    func write(to path: String) throws(SystemError) {
        guard let file = unsafe fopen(path, "w") else { throw SystemError("open \(path)") }
        let written = unsafe fwrite(bytes, 1, bytes.count, file)
        let isClosed = unsafe fclose(file) == 0
        guard written == bytes.count, isClosed else { throw SystemError("write \(path)") }
    }
}
