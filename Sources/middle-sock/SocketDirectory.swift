internal import Component
internal import Kernel
internal import Logging
internal import Messages

/// The directory with the sockets of the components, kept from any other middle-sock.
struct SocketDirectory: ~Copyable {
    private static let lockName = "middle-sock.lock"

    private let place: RuntimeDirectory
    private let directory: Directory
    private let isNew: Bool
    /// Locked as long as this process lives.
    private let lock: Descriptor

    /// Makes the directory where it is missing, and takes possession of it for as long as this value lives.
    ///
    /// - Parameter group: who may make sockets there, beside root.
    /// - Throws: `Failure` when it cannot be used, or another middle-sock runs there.
    init(_ place: RuntimeDirectory, group: UInt32) throws(Failure) {
        let isNew = try Self.use(place) { () throws(SystemError) in try Directory.make(place.path) }
        let directory = try Self.use(place) { () throws(SystemError) in try Directory(opening: place.path) }
        let owner = try Self.use(place) { () throws(SystemError) in try directory.owner }
        guard owner == User.current else { throw Self.unusable(place, "it belongs to user \(owner)") }
        let lock = try Self.lock(directory, at: place)
        // Each makes its socket there, nobody removes another's (sticky), and no stranger gets in.
        let identity = Program.Identity(user: User.current, group: group)
        try Self.use(place) { () throws(SystemError) in try directory.set(owner: identity, mode: 0o1770) }
        self.place = place
        self.isNew = isNew
        self.directory = directory
        self.lock = lock
    }

    private static func lock(
        _ directory: borrowing Directory, at place: RuntimeDirectory
    ) throws(Failure) -> Descriptor {
        let file = try use(place) { () throws(SystemError) in try directory.file(lockName, writing: true) }
        let holder = try use(place) { () throws(SystemError) in try lock(file) }
        // One that has just ended may have removed the file under our hands.
        let isThere = try use(place) { () throws(SystemError) in try directory.contains(file, as: lockName) }
        guard holder == nil, isThere else {
            let process = holder.map { " (process \($0))" } ?? ""
            throw .unavailable(
                "another middle-sock\(process) runs in \(place.path); stop it, or give another --runtime-directory")
        }
        return file
    }

    /// Gives the process that has the lock; one that was just killed may need a moment to end.
    private static func lock(_ file: borrowing Descriptor) throws(SystemError) -> Int32? {
        guard let holder = try file.lockForProcess() else { return nil }
        guard try OtherProcess.end(of: holder, within: OtherProcess.timeToEnd) else { return holder }
        return try file.lockForProcess()
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
            let file = try directory.file(Self.lockName)
            if try !file.lock() {
                logger.info("waits for what an earlier middle-sock in \(place.path) has left running")
                try file.waitForLock()
            }
            return file
        }
    }

    /// Removes the sockets and the lock, and the directory when it was made here and nothing else is in it.
    func clear(logger: Logger) {
        do {
            for component in ComponentName.launched + [.middleSock] { try directory.remove("\(component).sock") }
            try directory.remove(Self.lockName)
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
