internal import PrintableText

/// A table for people: columns as wide as they must be, two blanks apart.
struct TextTable {
    let headings: [String]
    let rows: [[String]]

    /// The headings and a line for each row.
    ///
    /// What is empty is a hyphen; tabs would move what follows to another column.
    var text: String {
        let cells =
            [headings]
            + rows.map { $0.map { $0.isEmpty ? "-" : String(printable: $0).replacing("\t", with: "\\u{9}") } }
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
}
