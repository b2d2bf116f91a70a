internal import FoundationEssentials
internal import PrintableText

/// The page of the report: one file that needs no other.
package struct ReportPage {
    /// Nothing when nothing is recorded.
    let history: RecordHistory?
    /// In microseconds since the Unix epoch.
    let madeAt: Int64
    /// The source of Chart.js.
    let library: String

    /// The page of a history, or of nothing.
    ///
    /// - Parameters:
    ///   - history: nothing when nothing is recorded.
    ///   - madeAt: when it is written, in microseconds since the Unix epoch.
    ///   - library: the source of Chart.js.
    package init(history: RecordHistory?, madeAt: Int64, library: String) {
        (self.history, self.madeAt, self.library) = (history, madeAt, library)
    }

    /// The page in HTML.
    ///
    /// Its policy forbids it to load anything, from anywhere.
    package func html() throws -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
        <meta name="color-scheme" content="light dark">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.title)</title>
        <style>
        \(ReportStyle.text)</style>
        </head>
        <body>
        \(try body())</body>
        </html>

        """
    }

    private static let title = "DHCP, as middle-sock recorded it"

    private func body() throws -> String {
        guard let history else {
            return """
                <header><h1>\(Self.title)</h1>
                <p>Nothing is recorded in this period. (Written \(ReportText.time(madeAt)) UTC)</p></header>

                """
        }
        let sections = history.sections
        return try """
        \(header(history))<main>
        \(sections.enumerated().map { Self.section($1, number: $0) }.joined())</main>
        <noscript><p>The plots need JavaScript; the tables have the numbers.</p></noscript>
        <footer>Drawn with Chart.js (MIT License), which is part of this page. Nothing is loaded from anywhere.</footer>
        <script>
        \(Self.inScript(library))
        </script>
        <script type="application/json" id="plots">\(Self.json(sections.map(\.plot)))</script>
        <script>
        \(ReportScript.text)</script>

        """
    }

    private func header(_ history: RecordHistory) -> String {
        let numbers = history.summary.map { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>" }
        let (first, last) = (history.period.lowerBound, history.period.upperBound - 1)
        return """
            <header><h1>\(Self.title)</h1>
            <p>Records from <strong>\(ReportText.time(first))</strong> to <strong>\(ReportText.time(last))</strong>. \
            All times are UTC. Written \(ReportText.time(madeAt)).</p>
            <dl>\(numbers.joined())</dl></header>

            """
    }

    private static func section(_ section: ReportSection, number: Int) -> String {
        let title = escaped(section.title)
        let nothing =
            section.isOnlyTable && !section.table.rows.isEmpty ? "" : "<p class=\"nothing\">Nothing in this period.</p>"
        let plot =
            section.plot == nil
            ? nothing
            : "<div class=\"plot\"><canvas id=\"plot\(number)\" role=\"img\" aria-label=\"\(title)\"></canvas></div>"
        return """
            <section><h2>\(title)</h2><p>\(escaped(section.note))</p>
            <div class="\(section.isOnlyTable ? "alone" : "beside")">\(plot)
            \(table(section.table))</div></section>

            """
    }

    private static func table(_ table: ReportSection.Table) -> String {
        guard !table.rows.isEmpty else { return "" }
        let headings = table.headings.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
        let rows = table.rows.map { row in "<tr>\(row.map { "<td>\(escaped($0))</td>" }.joined())</tr>\n" }
        return """
            <div class="numbers"><table><thead><tr>\(headings)</tr></thead><tbody>
            \(rows.joined())</tbody></table></div>
            """
    }

    /// Text as HTML has it, without what would turn the rest of the page round, in elements and in quoted attributes.
    static func escaped(_ text: String) -> String {
        String(printable: text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// JSON that cannot end the element `script` which it stands in: a name may say `</script>`.
    private static func json(_ plots: [ReportSection.Plot?]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(printableJSON: String(decoding: try encoder.encode(plots), as: UTF8.self)).replacing(
            "<", with: "\\u003c")
    }

    /// JavaScript that cannot end its element either; between `<` and `/script`, a backslash changes no string.
    private static func inScript(_ source: String) -> String {
        source.replacing("</script", with: "<\\/script")
    }
}
