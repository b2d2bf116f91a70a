/// The reason why a file under /proc/net was refused.
///
/// No part of such a file is used.
public enum TableError: Error, Equatable, Sendable {
    /// The file has more than `maximum` bytes.
    case tooLarge(maximum: Int)
    /// The line with this number, counted from 1, is not what the kernel writes.
    case malformed(line: Int, reason: String)
}

extension TableError: CustomStringConvertible {
    /// What is wrong and where.
    ///
    /// The caller adds the name of the file, which only it knows.
    public var description: String {
        switch self {
        case .tooLarge(let maximum): "more than \(maximum) bytes, which is no table to start a server from"
        case .malformed(let line, let reason): "line \(line): \(reason)"
        }
    }
}
