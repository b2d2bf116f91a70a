internal import Glibc

/// The environment of this process.
public enum ProcessEnvironment {
    /// Each variable with its value, as it was when this was read first.
    public static let variables: [String: String] = {
        let pairs = lines.compactMap { line -> (String, String)? in
            guard let separator = line.firstIndex(of: "=") else { return nil }
            return (String(line[..<separator]), String(line[line.index(after: separator)...]))
        }
        return Dictionary(pairs) { first, _ in first }
    }()

    /// Each variable as `NAME=value`.
    public static var lines: [String] {
        var lines: [String] = []
        var next = unsafe environ
        while let line = unsafe next.pointee {
            unsafe lines.append(String(cString: line))
            unsafe next += 1
        }
        return lines
    }
}
