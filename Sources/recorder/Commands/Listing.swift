internal import Diagnostics
internal import Kernel
internal import LeaseStore
internal import Logging
internal import Reading
internal import Time

/// Prints a table of the database to standard output.
struct Listing {
    let table: RecordTable
    let filter: RecordFilter
    let database: String
    let isJSON: Bool
    /// How many of the newest rows; all without it.
    let limit: Int?
    let zone: TimeZone
    let paper: Paper

    /// Prints it.
    ///
    /// - Throws: `Failure` when the database cannot be read or nobody takes the output.
    func print() throws(Failure) {
        do {
            let pages = try LeaseReader(path: database).pages(
                of: table, as: isJSON ? .json : .text, where: filter, newest: limit)
            let output = Output()
            if isJSON { try print(JSONArray(), pages, to: output) } else { try print(pages, to: output) }
        } catch let error as LeaseStoreError {
            throw .unavailable("\(error)")
        } catch let error as SystemError {
            throw .unavailable("cannot print: \(error)")
        } catch {
            throw Failure(.software, "\(error)")
        }
    }

    /// Every page is printed as it is read: there can be millions.
    private func print(_ array: JSONArray, _ pages: RecordPages, to output: borrowing Output) throws {
        var (array, pages) = (array, pages)
        while let rows = try pages.nextPage() { try output.write(array.adding(rows.compactMap(\.first))) }
        try output.write(array.end)
    }

    /// The widths of the columns depend on all rows, so they are collected.
    private func print(_ pages: RecordPages, to output: borrowing Output) throws {
        var pages = pages
        var rows: [[String]] = []
        while let page = try pages.nextPage() { rows += page }
        try output.write(TextTable(columns: table.columns, rows: rows, zone: zone, paper: paper).text)
        guard pages.isCut else { return }
        StandardErrorLog.write("older rows are left out; --limit 0 prints all", .notice, of: "recorder")
    }
}

/// Standard output.
///
/// There must be only one value of it, because it is closed at the end.
struct Output: ~Copyable {
    private let descriptor = Descriptor(owning: 1)

    /// Writes text.
    ///
    /// - Throws: `SystemError` of write(2).
    func write(_ text: String) throws(SystemError) {
        try descriptor.write(Array(text.utf8))
    }
}
