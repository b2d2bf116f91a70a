internal import GRDB

/// The database as it is today, and how it became so.
package enum Schema {
    /// `application_id` in the file header, so that `file` and we know the database: "MSOK".
    static let applicationID: Int32 = 0x4D53_4F4B

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in Migration.all {
            migrator.registerMigration(migration.name) { database in
                for statement in migration.statements { try database.execute(sql: statement) }
            }
        }
        return migrator
    }

    /// Makes those views anew whose text is another than that of this program; what others have made stays.
    ///
    /// - Throws: What SQLite throws.
    static func renewViews(_ database: Database) throws {
        let rows = try Row.fetchAll(database, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'view'")
        let present = Dictionary(uniqueKeysWithValues: rows.map { ($0["name"] as String, $0["sql"] as String) })
        for view in views where present[String(view.name)] != view.text {
            try database.execute(sql: "DROP VIEW IF EXISTS \(view.name)")
            try database.execute(sql: view.text)
        }
    }
}
