internal import Diagnostics
internal import Kernel
internal import Logging
internal import Messages
internal import Packet
internal import Service

/// The directory with the sockets of the components, kept from any other middle-sock.
final class SocketDirectory {
    private let place: RuntimeDirectory
    private let directory: Directory
    private let isNew: Bool
    private let lock: DirectoryLock
    /// What the components get as their standard input: an empty file that is locked as long as any process lives that has
    /// it.
    ///
    /// It is kept here until the end: closing any descriptor of that file would give up the lock (fcntl(2)).
    let lifetime: Descriptor

    /// What a middle-sock leaves in its directory when it is killed.
    private static let ownNames = Set(
        (ComponentName.launchedWithDoors + [.middleSock]).map { "\($0).sock" } + [DirectoryLock.name])

    /// Makes the directory where it is missing, and takes possession of it for as long as this object lives; waits for
    /// one that has it and is stopping.
    ///
    /// - Parameters:
    ///   - group: who may make sockets there, beside root.
    ///   - stoppingTime: how long stopping may take once it was begun, in microseconds.
    /// - Throws: `Failure` when it cannot be used, or another middle-sock runs there.
    init(_ place: RuntimeDirectory, group: UInt32, stoppingTime: UInt64, logger: Logger) throws(Failure) {
        let owner = Program.Identity(user: User.current, group: group)
        let isNew: Bool
        var taken = try Self.take(place, owner, stoppingTime, logger)
        while taken == nil { taken = try Self.take(place, owner, stoppingTime, logger) }
        guard let taken = taken.take() else { throw Self.unusable(place, "it is gone") }
        isNew = taken.isNew
        // Each makes its socket there, nobody removes another's (sticky), and no stranger gets in.
        try Self.use(place) { () throws(SystemError) in try taken.directory.set(owner: owner, mode: Self.mode) }
        lifetime = try Self.use(place) { () throws(SystemError) in try taken.directory.file(DirectoryLock.name) }
        self.place = place
        self.isNew = isNew
        directory = taken.directory
        lock = taken.lock
    }

    private static let mode: UInt32 = 0o1770

    private struct Taken: ~Copyable {
        let directory: Directory
        let lock: DirectoryLock
        let isNew: Bool
    }

    /// Nothing when the one who had it removed it just now.
    private static func take(
        _ place: RuntimeDirectory, _ owner: Program.Identity, _ stoppingTime: UInt64, _ logger: Logger
    ) throws(Failure) -> Taken? {
        let isNew = try use(place) { () throws(SystemError) in try Directory.make(place.path) }
        do {
            let directory = try Directory(opening: place.path)
            let found = try directory.permissions
            guard found.owner.user == owner.user else {
                throw unusable(place, "it belongs to user \(found.owner.user)")
            }
            if !isNew, found.owner != owner || found.mode != mode {
                if let objection = try objection(to: directory, found.mode) { throw unusable(place, objection) }
            }
            let lock = try DirectoryLock(in: directory, at: place, stoppingTime: stoppingTime, logger: logger)
            return Taken(directory: directory, lock: lock, isNew: isNew)
        } catch let failure as Failure {
            throw failure
        } catch let error as SystemError where error.isMissing {
            return nil
        } catch {
            throw unusable(place, "\(error)")
        }
    }

    /// Why a directory that is there is somebody else's, and is to stay as it is: only one that is empty is taken, and one
    /// that a middle-sock has left.
    private static func objection(to directory: borrowing Directory, _ mode: UInt32) throws(SystemError) -> String? {
        if let name = try directory.names.filter({ !ownNames.contains($0) }).min() {
            return "something else is there (\(String(escaping: Array(name.utf8)))), and stays as it is"
        }
        guard mode & 0o1002 == 0o1002 else { return nil }
        return "it is there for everybody (mode \(String(mode, radix: 8))), and stays as it is"
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
        .unavailable(
            "cannot keep the sockets in \(place.path): \(reason); --runtime-directory must be a directory "
                + "of root's that is missing or empty, no link")
    }

    /// Waits until the processes of an earlier middle-sock are gone.
    ///
    /// When a launcher is killed the kernel kills its components too, but it takes a moment, and until then they hold
    /// ports, sockets and interfaces that the next ones need.
    ///
    /// - Throws: `Failure` when the file cannot be locked.
    func awaitOthersEnd(logger: Logger) throws(Failure) {
        try Self.use(place) { () throws(SystemError) in
            guard try !lifetime.lock() else { return }
            logger.info("waits for what an earlier middle-sock in \(place.path) has left running")
            try lifetime.waitForLock()
        }
    }

    /// Tells whoever wants to have the directory that it will be free soon.
    func noteStop(logger: Logger) {
        do { try lock.noteStop() } catch { logger.warning("cannot tell in \(place.path) that it stops: \(error)") }
    }

    /// Removes the sockets and then the lock, and the directory when it was made here and nothing else is in it.
    func clear(logger: Logger) {
        do {
            for component in ComponentName.launchedWithDoors + [.middleSock] {
                try directory.remove("\(component).sock")
            }
            try directory.remove(DirectoryLock.name)
            guard isNew else { return }
            try Directory.removeIfEmpty(place.path)
        } catch {
            logger.warning("cannot clear \(place.path): \(error)")
        }
    }
}

extension Launch {
    /// Makes the directory of the database where it is missing, for the recorder; one that is there stays as it is.
    ///
    /// Strangers do not get in: who can read a database can also lock it (fcntl(2), `F_RDLCK`), and so keep the recorder
    /// from writing for as long as he likes.
    ///
    /// Until it is the recorder's nobody may do anything there. So one is known that a launcher has made, and was killed
    /// before it gave it away.
    ///
    /// - Throws: `Failure` when it cannot be made.
    func makeDatabaseDirectory() throws(Failure) {
        guard let path = Directory.parent(of: database) else { return }
        do {
            let isNew = try Directory.make(path, mode: 0)
            guard try isNew || Directory.isSealed(path) else { return }
            try Directory(opening: path).set(owner: users.recorder, mode: 0o750)
        } catch {
            throw .unavailable(
                "cannot make the directory of the database \(database): \(error); give another --database")
        }
    }
}
