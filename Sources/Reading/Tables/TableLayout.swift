/// The texts of a table and how wide its columns are.
struct TableLayout {
    let columns: [TableColumn]
    let rows: [[String]]
    private var widths: [Int]

    /// Columns as wide as they must be.
    init(columns: [TableColumn], rows: [[String]]) {
        (self.columns, self.rows) = (columns, rows)
        widths = columns.indices.map { column in
            rows.reduce(columns[column].heading.count) { max($0, $1[column].count) }
        }
    }

    /// How wide it is, in characters.
    var width: Int { widths.reduce(0, +) + 2 * max(0, widths.count - 1) }

    /// Whether shortening texts is enough for so many characters.
    func canFit(_ limit: Int) -> Bool { fitted(to: limit).width <= limit }

    /// The same with long texts shortened, the widest columns first, as far as they may be.
    func fitted(to limit: Int) -> TableLayout {
        var layout = self
        while layout.width > limit, let widest = layout.widestThatGives {
            layout.widths[widest] -= 1
        }
        return layout
    }

    private var widestThatGives: Int? {
        columns.indices.filter { widths[$0] > leastWidth(of: $0) }.max { widths[$0] < widths[$1] }
    }

    private func leastWidth(of column: Int) -> Int {
        switch columns[column].room {
        case .shortened(let least), .wrapped(let least): max(least, columns[column].heading.count)
        case .kept, .dispensable, .leftOut: .max
        }
    }

    /// The headings and the rows.
    func lines(on paper: Paper) -> [String] {
        let heading = line(columns.map(\.heading)) { paper.emphasized($1) }
        return [heading]
            + rows.flatMap { row in
                physicalLines(of: row).map { cells in
                    line(cells) { column, text in paper.coloured(text, columns[column].heading) }
                }
            }
    }

    /// A row is several lines where a text goes on below.
    private func physicalLines(of row: [String]) -> [[String]] {
        let cells = columns.indices.map { column in
            if case .wrapped = columns[column].room { return [row[column]].wrapped(to: widths[column]) }
            return [row[column].shortened(to: widths[column])]
        }
        return (0..<(cells.map(\.count).max() ?? 1)).map { number in
            cells.map { number < $0.count ? $0[number] : "" }
        }
    }

    private func line(_ cells: [String], _ style: (Int, String) -> String) -> String {
        let lastShown = cells.lastIndex { !$0.isEmpty } ?? 0
        let padded = cells.indices.prefix(lastShown + 1).map { column in
            let padding = String(repeating: " ", count: max(0, widths[column] - cells[column].count))
            let text = style(column, cells[column])
            if isRight(column) { return padding + text }
            return column == lastShown ? text : text + padding
        }
        return padded.joined(separator: "  ") + "\n"
    }

    private func isRight(_ column: Int) -> Bool { [.number, .duration].contains(columns[column].content) }
}

extension String {
    /// The text, or its beginning with an ellipsis.
    fileprivate func shortened(to width: Int) -> String {
        count <= width ? self : prefix(max(0, width - 1)) + "…"
    }
}

extension [String] {
    /// The texts in lines that are no longer, with an end where there is a blank if possible.
    func wrapped(to width: Int) -> [String] {
        flatMap { text in
            var (lines, rest) = ([String](), Substring(text))
            while rest.count > width {
                let piece = rest.prefix(width + 1)
                let blank = piece.lastIndex(of: " ").flatMap { $0 > piece.startIndex ? $0 : nil }
                let end = blank ?? rest.index(rest.startIndex, offsetBy: Swift.max(1, width))
                lines.append(String(rest[..<end]))
                rest = rest[end...].drop { $0 == " " }
            }
            return lines + (rest.isEmpty && !lines.isEmpty ? [] : [String(rest)])
        }
    }
}
