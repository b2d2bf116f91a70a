/// A step from one version of the database to the next.
///
/// It is text, and final once it was published: whatever the program is like by then, a database becomes what it became
/// for everybody else. Views are no part of it (`Schema.renewViews`).
struct Migration: Sendable {
    /// What `grdb_migrations` remembers it by.
    let name: String
    /// Its statements, in SQL.
    let statements: [String]

    /// All, oldest first.
    static let all = [
        Migration(name: "1", statements: firstTables),
        Migration(name: "2", statements: [leaseEnds] + counts),
        // Nothing that is asked goes by it, and it cost two pages for each client that was heard.
        Migration(name: "3", statements: ["DROP INDEX IF EXISTS clients_by_last_seen"]),
        Migration(name: "4", statements: moreReasons),
        Migration(name: "5", statements: [backlog]),
        // It made two views anew.
        Migration(name: "6", statements: []),
        Migration(name: "holders", statements: [leaseHolders]),
        // NULL for the runs of before.
        Migration(name: "source-versions", statements: ["ALTER TABLE sources ADD COLUMN version TEXT"]),
        Migration(name: "bounds", statements: bounds),
        Migration(name: "totals", statements: totals),
        Migration(name: "dropped-frames", statements: [droppedFrames]),
        // How many addresses there are to give nobody tells: how many were held says when they run out.
        Migration(name: "networks", statements: networks),
        Migration(name: "amounts", statements: amounts),
    ]
}
