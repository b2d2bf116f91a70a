/// A table for people: columns as wide as they must be, two blanks apart.
struct TextTable {
    let headings: [String]
    let rows: [[String]]

    /// The headings and a line for each row.
    ///
    /// What is empty is a hyphen.
    var text: String {
        let cells = [headings] + rows.map { $0.map { $0.isEmpty ? "-" : Self.printable($0) } }
        let widths = headings.indices.map { column in cells.reduce(0) { max($0, $1[column].count) } }
        return cells.map { Self.line($0, widths) }.joined()
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: width - cell.count)
        }
        let line = padded.joined(separator: "  ")
        return line[...(line.lastIndex { $0 != " " } ?? line.startIndex)] + "\n"
    }

    /// The text without anything that a terminal would obey: control characters become `\u{7}`.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { printable, scalar in
            if isControl(scalar) {
                printable += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                printable.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
