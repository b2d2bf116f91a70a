internal import Glibc
internal import Kernel
internal import Reading

extension Paper {
    /// Standard output: a terminal's width and colours, and for a pipe or a file whole lines and none.
    ///
    /// - Parameter width: as many characters whatever it is; 0 for whole lines.
    static func standardOutput(width: Int?, environment: [String: String] = ProcessEnvironment.variables) -> Paper {
        let columns = Terminal.width(of: STDOUT_FILENO)
        let isTerminal = columns != nil
        let wanted = width ?? columns.map { $0 == 0 ? 80 : max($0, leastWidth) }
        let mayColour = environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] != "dumb"
        return Paper(width: wanted == 0 ? nil : wanted, hasColours: isTerminal && mayColour)
    }
}
