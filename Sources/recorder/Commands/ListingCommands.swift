internal import ArgumentParser
internal import CommandLine
internal import Diagnostics
internal import Kernel
internal import LeaseStore
internal import Reading

/// Where what is stored is read from.
struct DatabaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("The database. (default: \(RecorderCommand.standardDatabase))", valueName: "path"),
        completion: .file())
    var database: String?

    /// The database's path: behind the subcommand or before it.
    func path(in parent: RecorderCommand) -> String { database ?? parent.database }
}

/// A subcommand that reads what is stored.
protocol DatabaseCommand: EnvironmentCommand {}

extension DatabaseCommand {
    static var environmentOptions: [EnvironmentOption] { [.value("database")] }

    /// What the help of each says at its end.
    static var closing: String {
        """
        \(EnvironmentOption.section(on: environmentOptions))

        Files:
          \(RecorderCommand.standardDatabase)  the database

        Exit status:
          0   it has printed or written all of it, or was asked to stop
          64  wrong usage
          69  the database cannot be read, or a file cannot be written
          70  a fault of recorder
        """
    }
}

/// What all listings can be told.
struct ListingOptions: ParsableArguments {
    @OptionGroup var database: DatabaseOption

    @Flag(help: "Print a JSON array of objects with all columns; docs/schema says what they are.")
    var json = false

    @Option(help: ArgumentHelp("Print only so many of the newest rows; 0 prints all.", valueName: "number"))
    var limit: Int?

    @OptionGroup var appearance: TableOptions

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("the limit \(limit) is negative") }
    }

    /// The listing of a table: the newest rows last, unless told otherwise as many as `standardLimit`.
    func listing(
        of table: RecordTable, where filter: RecordFilter, in parent: RecorderCommand, standardLimit: Int = 0
    ) -> Listing {
        let limit = limit ?? standardLimit
        return Listing(
            table: table, filter: filter, database: database.path(in: parent), isJSON: json,
            limit: limit == 0 ? nil : limit, zone: appearance.zone.zone, paper: appearance.paper)
    }
}

/// `recorder leases`.
struct LeasesCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "leases", abstract: "Prints who has and had which address, the newest last.",
        discussion: """
            A renewal changes its row, a new binding is a new row: so it is the history. With '--since' and '--until' \
            those are printed that were held at some time between.

            \(TableOptions.explanation)

            \(TimeExpression.explanation)

            Examples:
              recorder leases --current
              recorder leases --summary
              recorder leases --address 192.168.50.30 --at 2026-11-17T14:00
              recorder leases --mac 02:00:00:00:51:01 --since 7d

            \(closing)
            """)

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var options: ListingOptions
    @OptionGroup var subject: SubjectOptions
    @OptionGroup var period: PeriodOptions
    @OptionGroup var moment: MomentOption

    @Flag(help: "Print only leases that are held now.")
    var current = false

    @Flag(
        help: ArgumentHelp(
            "Print how full each network is instead: addresses held now and at most ever, in the last day, clients "
                + "without an answer, NAKs."))
    var summary = false

    func validate() throws {
        if summary, moment.moment != nil || period.since != nil || period.until != nil || current || !subject.isEmpty {
            throw ValidationError("'--summary' is of all leases: leave out what chooses some")
        }
        if moment.moment != nil, period.since != nil || period.until != nil || current {
            throw ValidationError("'--at' is a time of its own: leave out '--since', '--until' and '--current'")
        }
    }

    func run() throws {
        guard !summary else { return try summarize() }
        var filter = try period.filter()
        subject.narrow(&filter)
        if let time = try moment.time() { filter.narrow(to: time) }
        try options.listing(of: current ? .currentLeases : .leases, where: filter, in: parent).print()
    }
}

extension LeasesCommand {
    private func summarize() throws {
        do {
            let reader = try LeaseReader(path: options.database.path(in: parent))
            let networks = try NetworkSummary(networks: reader.networks(at: Int64(clamping: Clock.realtime)))
            try Output().write(
                options.json
                    ? networks.json
                    : networks.table(zone: options.appearance.zone.zone, paper: options.appearance.paper))
        } catch let error as LeaseStoreError {
            throw Failure.unavailable("\(error)")
        } catch let error as SystemError {
            throw Failure.unavailable("cannot print: \(error)")
        }
    }
}

/// `recorder starts`.
struct StartsCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "starts", abstract: "Prints the starts of the server and how long each took.",
        discussion: """
            Each row has how long the phases of the start took, in milliseconds, and the total until the server was \
            ready, which it is when it has bound its DHCP sockets.

            \(TableOptions.explanation)

            \(TimeExpression.explanation)

            Examples:
              recorder starts
              recorder starts --json --since 30d | jq '.[].total_us'

            \(closing)
            """)

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var options: ListingOptions
    @OptionGroup var period: PeriodOptions

    func run() throws {
        try options.listing(of: .starts, where: period.filter(), in: parent).print()
    }
}

/// `recorder packets`.
struct PacketsCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "packets", abstract: "Prints the newest packets, 50 or as many as wanted.",
        discussion: """
            The verdict is 'forwarded', or why the packet was dropped. '--address' takes packets in which the address is \
            given, asked for or used by the client.

            \(TableOptions.explanation)

            \(TimeExpression.explanation)

            Examples:
              recorder packets --since 14:00 --until 14:30
              recorder packets --mac 02:00:00:00:51:01 --limit 0

            \(closing)
            """)

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var options: ListingOptions
    @OptionGroup var subject: SubjectOptions
    @OptionGroup var period: PeriodOptions

    func run() throws {
        var filter = try period.filter()
        subject.narrow(&filter)
        try options.listing(of: .packets, where: filter, in: parent, standardLimit: 50).print()
    }
}

/// `recorder events`.
struct EventsCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Prints what happened beside packets, the newest last.",
        discussion: """
            Servers that ended or fell silent and what took over, components that were started again, records that were \
            lost, other DHCP servers on the LAN, addresses of the host that changed.

            \(TableOptions.explanation)

            \(TimeExpression.explanation)

            Examples:
              recorder events --since 7d

            \(closing)
            """)

    @ParentCommand var parent: RecorderCommand
    @OptionGroup var options: ListingOptions
    @OptionGroup var period: PeriodOptions

    func run() throws {
        try options.listing(of: .events, where: period.filter(), in: parent).print()
    }
}
