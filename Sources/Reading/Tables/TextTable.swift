internal import PrintableText
package import Time

/// A table for people: columns two blanks apart.
///
/// If the paper has a width, the table is made to fit: what is the same in all rows is said once below it, then times lose
/// what they have in common, the columns that matter least are left out, and long texts are shortened. Without a width, for
/// programs that read it, each row is one line with everything.
package struct TextTable {
    let columns: [TableColumn]
    /// Texts as `TableColumn.Content` says; what is not known is empty.
    let rows: [[String]]
    let zone: TimeZone
    let paper: Paper

    /// A table with these columns and rows.
    ///
    /// - Parameters:
    ///   - columns: what stands above the texts, and what they are.
    ///   - rows: a text for each column.
    ///   - zone: in which zone times are shown.
    ///   - paper: what it is made to fit.
    package init(columns: [TableColumn], rows: [[String]], zone: TimeZone = .utc, paper: Paper = Paper()) {
        (self.columns, self.rows, self.zone, self.paper) = (columns, rows, zone, paper)
    }

    /// The headings, a line for each row, and the notes.
    package var text: String {
        guard let width = paper.width else { return whole.lines(on: paper).joined() }
        let (layout, notes) = fitting(width)
        let said = notes.isEmpty ? [] : ["(\(notes.joined(separator: "; ")))"].wrapped(to: width)
        return (layout.lines(on: paper) + said.map { paper.quiet($0) + "\n" }).joined()
    }

    /// Everything, each time in one word.
    private var whole: TableLayout {
        table(showing: Array(columns.indices)) { time, isExact in time.word(digits: isExact ? 6 : 0) }
    }

    private func table(showing shown: [Int], time: (CalendarTime, Bool) -> String) -> TableLayout {
        TableLayout(
            columns: shown.map { columns[$0] },
            rows: rows.map { row in shown.map { Self.cell(row[$0], columns[$0].content, zone, time) } })
    }

    private static func cell(
        _ text: String, _ content: TableColumn.Content, _ zone: TimeZone, _ time: (CalendarTime, Bool) -> String
    ) -> String {
        switch content {
        case .second, .time, .end:
            guard let microseconds = Int64(text) else { return content == .end ? "never" : "-" }
            return time(CalendarTime(microseconds, in: zone), content == .time)
        case .duration:
            return Int64(text).map(ReportText.exactMilliseconds) ?? "-"
        case .text, .number:
            // Tabs would move what follows to another column.
            return text.isEmpty ? "-" : String(printable: text).replacing("\t", with: "\\u{9}")
        }
    }
}

// Fitting a width.
extension TextTable {
    private func fitting(_ width: Int) -> (TableLayout, notes: [String]) {
        let same = Set(columns.indices.filter(isSame))
        var shown = columns.indices.filter { !same.contains($0) }
        var times = TableTimes()
        var leftOut: [Int] = []
        func attempt() -> TableLayout { table(showing: shown, time: times.text) }
        func leaveOut(_ column: Int) {
            shown.removeAll { $0 == column }
            leftOut.append(column)
        }
        var layout = attempt()
        if layout.width > width {
            times.shorten(allTimes(in: shown))
            layout = attempt()
        }
        for column in shown where columns[column].room == .dispensable && layout.width > width {
            leaveOut(column)
            layout = attempt()
        }
        if !layout.canFit(width) {
            times.hasSmallParts = false
            layout = attempt()
        }
        for column in lessImportant(among: shown) where !layout.canFit(width) {
            leaveOut(column)
            layout = attempt()
        }
        return (layout.fitted(to: width), notes(same: same, leftOut: leftOut, times: times))
    }

    private func isSame(_ column: Int) -> Bool {
        guard rows.count > 1, columns[column].isUsuallySame, let first = rows.first else { return false }
        return rows.allSatisfy { $0[column] == first[column] }
    }

    private func allTimes(in shown: [Int]) -> [CalendarTime] {
        let ofTimes = shown.filter { [.second, .time, .end].contains(columns[$0].content) }
        return rows.flatMap { row in ofTimes.compactMap { Int64(row[$0]) } }.map { CalendarTime($0, in: zone) }
    }

    private func lessImportant(among shown: [Int]) -> [Int] {
        let ranked = shown.compactMap { column in
            if case .leftOut(let rank) = columns[column].room { (rank, column) } else { nil }
        }
        return ranked.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private func notes(same: Set<Int>, leftOut: [Int], times: TableTimes) -> [String] {
        let common = same.sorted().filter { rows[0][$0] != "" }.map { column in
            "\(columns[column].heading.lowercased()) \(Self.cell(rows[0][column], .text, zone, times.text))"
        }
        let missed = leftOut.filter { column in rows.contains { $0[column] != "" } }.map { columns[$0].heading }
        return (common.isEmpty ? [] : ["all rows: " + common.joined(separator: ", ")])
            + (times.common.map { ["times are in \($0)"] } ?? [])
            + (missed.isEmpty ? [] : ["no room for " + missed.joined(separator: ", ") + ": --width, --json"])
    }
}

/// How times are written where people look at them.
private struct TableTimes {
    /// What all of them begin with, and is left out: `2026` or `2026-11-23`.
    private(set) var common: String?
    /// Whether seconds, and where they are wanted milliseconds, are written.
    var hasSmallParts = true

    /// Leaves out the day if it is the same everywhere, or else the year.
    mutating func shorten(_ times: [CalendarTime]) {
        guard let first = times.first else { return }
        common = [first.day, String(first.day.prefix(4))].first { prefix in
            times.allSatisfy { $0.day.hasPrefix(prefix) }
        }
    }

    func text(_ time: CalendarTime, isExact: Bool) -> String {
        let day = time.day.dropFirst(common.map { $0.count + 1 } ?? 0)
        let clock =
            hasSmallParts ? time.clock + (isExact ? time.fraction.prefix(4) : "") : String(time.clock.prefix(5))
        return (day.isEmpty ? "" : day + " ") + clock + (time.offset == "Z" ? "Z" : "")
    }
}
