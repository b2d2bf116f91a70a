/// A server's command where options are expected: the two hyphens in front of it are missing.
///
/// The parser would complain about the server's name or options, as if they were options of the program.
public enum MisplacedServer {
    /// What to say of a command line, if its two hyphens are missing.
    ///
    /// - Parameters:
    ///   - arguments: what stands behind `program`.
    ///   - program: the words with which the command line begins.
    ///   - options: those that may stand in front of the server.
    ///   - subcommands: what may stand in its place.
    public static func advice(
        on arguments: some Collection<String>, of program: String, options: [EnvironmentOption],
        subcommands: Set<String>
    ) -> String? {
        var rest = Array(arguments)[...]
        while let word = rest.first, let option = options.first(where: { $0.isNamed(by: word) }) {
            rest = rest.dropFirst(option.hasValue && !word.contains("=") ? 2 : 1)
        }
        guard let server = rest.first, !server.hasPrefix("-"), !subcommands.contains(server), !rest.contains("--")
        else { return nil }
        let line =
            program.split(separator: " ").map(String.init) + arguments.prefix(arguments.count - rest.count) + ["--"]
            + rest
        return "'\(server)' is no subcommand, and a server's command stands behind two hyphens: "
            + line.map(quoted).joined(separator: " ")
    }

    /// A word as a shell takes it for one.
    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:=,@%+".utf8.contains(byte)
            }
        }
        return plain && !word.isEmpty ? word : "'\(word.replacing("'", with: #"'\''"#))'"
    }
}

extension EnvironmentOption {
    fileprivate var hasValue: Bool {
        if case .flag = self { false } else { true }
    }

    /// Whether a word of a command line is this option, with a value behind it or in it.
    func isNamed(by word: String) -> Bool { word == "--\(name)" || word.hasPrefix("--\(name)=") }
}
