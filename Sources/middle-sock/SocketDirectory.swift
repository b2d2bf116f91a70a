internal import Component
internal import Kernel
internal import Logging
internal import Messages

/// The directory with the sockets of the components, kept from any other middle-sock.
struct SocketDirectory: ~Copyable {
    private static let lifetimeName = "middle-sock.lock"

    private let place: RuntimeDirectory
    private let directory: Directory
    private let isNew: Bool

    /// Makes the directory where it is missing, and takes possession of it for as long as this value lives.
    ///
    /// - Parameter group: who may make sockets there, beside root.
    /// - Throws: `Failure` when it cannot be used, or another middle-sock runs there.
    init(_ place: RuntimeDirectory, group: UInt32) throws(Failure) {
        let isNew = try Self.use(place) { () throws(SystemError) in try Directory.make(place.path) }
        let directory = try Self.use(place) { () throws(SystemError) in try Directory(opening: place.path) }
        try Self.take(directory, at: place, group)
        self.place = place
        self.isNew = isNew
        self.directory = directory
    }

    private static func take(
        _ directory: borrowing Directory, at place: RuntimeDirectory, _ group: UInt32
    ) throws(Failure) {
        let owner = try use(place) { () throws(SystemError) in try directory.owner }
        guard owner == User.current else { throw unusable(place, "it belongs to user \(owner)") }
        // One that had run there may have removed it under our hands.
        let isFree = try use(place) { () throws(SystemError) in
            guard try directory.lock() else { return false }
            return try directory.isAt(place.path)
        }
        guard isFree else {
            throw .unavailable(
                "another middle-sock runs in \(place.path); stop it, or give another --runtime-directory")
        }
        // Each makes its socket there, nobody removes another's (sticky), and no stranger gets in.
        let identity = Program.Identity(user: User.current, group: group)
        try use(place) { () throws(SystemError) in try directory.set(owner: identity, mode: 0o1770) }
    }

    private static func use<Result: ~Copyable>(
        _ place: RuntimeDirectory, _ body: () throws(SystemError) -> Result
    ) throws(Failure) -> Result {
        do {
            return try body()
        } catch {
            throw unusable(place, "\(error)")
        }
    }

    private static func unusable(_ place: RuntimeDirectory, _ reason: String) -> Failure {
        .unavailable("cannot keep the sockets in \(place.path): \(reason); it must be a directory of root's, no link")
    }

    /// An empty file that is locked as long as any process lives that has it as its standard input; waits until those
    /// of an earlier middle-sock are gone.
    ///
    /// When a launcher is killed the kernel kills its components too, but it takes a moment, and until then they hold
    /// ports, sockets and interfaces that the next ones need.
    ///
    /// - Throws: `Failure` when there can be no such file.
    func lifetime(logger: Logger) throws(Failure) -> Descriptor {
        try Self.use(place) { () throws(SystemError) in
            let file = try directory.file(Self.lifetimeName)
            if try !file.lock() {
                logger.info("waits for what an earlier middle-sock in \(place.path) has left running")
                try file.waitForLock()
            }
            return file
        }
    }

    /// Removes the sockets, and the directory when it was made here and nothing else is in it.
    func clear(logger: Logger) {
        do {
            for component in ComponentName.launched { try directory.remove("\(component).sock") }
            guard isNew else { return }
            try directory.remove(Self.lifetimeName)
            try Directory.removeIfEmpty(place.path)
        } catch {
            logger.warning("cannot clear \(place.path): \(error)")
        }
    }
}

extension Launch {
    /// Makes the directory of the database where it is missing, for the recorder; one that is there stays as it is.
    ///
    /// - Throws: `Failure` when it cannot be made.
    func makeDatabaseDirectory() throws(Failure) {
        guard let path = Directory.parent(of: database) else { return }
        do {
            guard try Directory.make(path) else { return }
            try Directory(opening: path).set(owner: users.recorder, mode: 0o755)
        } catch {
            throw .unavailable(
                "cannot make the directory of the database \(database): \(error); give another --database")
        }
    }
}
