internal import ArgumentParser
internal import LeaseStore

/// What all listings can be told.
struct ListingOptions: ParsableArguments {
    @Option(help: "The database. (default: \(RecorderCommand.standardDatabase))")
    var database: String?

    @Flag(help: "Print a JSON array of objects with all columns.")
    var json = false

    @Option(help: "Print only so many of the newest rows; 0 prints all.")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("the limit \(limit) is negative") }
    }

    /// The listing of a table: the newest rows last, unless told otherwise as many as `standardLimit`.
    func listing(of table: RecordTable, in parent: RecorderCommand, standardLimit: Int) -> Listing {
        let limit = limit ?? standardLimit
        return Listing(
            table: table, database: database ?? parent.database, isJSON: json, limit: limit == 0 ? nil : limit)
    }
}

/// `recorder leases`.
struct LeasesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leases", abstract: "Prints who has and had which address, the newest last.")

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var options: ListingOptions

    @Flag(help: "Print only leases that are held now.")
    var current = false

    func run() throws {
        try options.listing(of: current ? .currentLeases : .leases, in: parent, standardLimit: 0).print()
    }
}

/// `recorder starts`.
struct StartsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "starts", abstract: "Prints the starts of the server and how long they took, the newest last.")

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var options: ListingOptions

    func run() throws {
        try options.listing(of: .starts, in: parent, standardLimit: 0).print()
    }
}

/// `recorder packets`.
struct PacketsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packets", abstract: "Prints the newest 50 packets, or as many as wanted, the newest last.")

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var options: ListingOptions

    func run() throws {
        try options.listing(of: .packets, in: parent, standardLimit: 50).print()
    }
}

/// `recorder events`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Prints what happened beside packets, the newest last.")

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var options: ListingOptions

    func run() throws {
        try options.listing(of: .events, in: parent, standardLimit: 0).print()
    }
}
