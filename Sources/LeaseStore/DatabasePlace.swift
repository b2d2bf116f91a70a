internal import Glibc

/// Where a database is, or is to be: says in whose way the permissions are.
struct DatabasePlace {
    private let path: String

    init(_ path: String) {
        self.path = path.hasPrefix("/") ? path : Self.currentDirectory + "/" + path
    }

    /// Why the file could not be opened, and what to do, when the kernel said `code` (errno(3)).
    func reason(_ code: CInt, writing: Bool) -> String {
        let problem = unsafe String(cString: strerror(code))
        guard code == EACCES, let obstacle = obstacle(writing: writing) else { return problem }
        return "\(problem): \(obstacle)"
    }

    /// What keeps the process from the file, if permissions do.
    func obstacle(writing: Bool) -> String? {
        let user = Self.name(of: geteuid())
        let remedy = writing ? "or name another file with --database" : "run it with sudo"
        if let closed = directories.first(where: { unsafe access($0, X_OK) != 0 && errno == EACCES }) {
            let advice = writing ? "'chmod o+x \(closed)' lets it pass, \(remedy)" : remedy
            return "\(closed)\(Self.owner(of: closed)) cannot be entered by \(user); \(advice)"
        }
        let directory = directories.last ?? "/"
        let fileExists = unsafe access(path, F_OK) == 0
        if fileExists, unsafe access(path, writing ? R_OK | W_OK : R_OK) != 0 {
            let verb = writing ? "written" : "read"
            let advice = writing ? "'chown \(geteuid()) \(path)' gives it to that user, \(remedy)" : remedy
            return "\(path)\(Self.owner(of: path)) cannot be \(verb) by \(user); \(advice)"
        }
        if writing, unsafe access(directory, W_OK) != 0 {
            return
                "\(directory)\(Self.owner(of: directory)) is not writable for \(user), who needs it for the files beside "
                + "the database; 'chown \(geteuid()) \(directory)' gives it to that user, \(remedy)"
        }
        return nil
    }

    /// The directories on the way to the file, from the root on.
    private var directories: [String] {
        path.indices.filter { path[$0] == "/" }.map { $0 == path.startIndex ? "/" : String(path[..<$0]) }
    }

    private static var currentDirectory: String {
        guard let directory = unsafe getcwd(nil, 0) else { return "." }
        defer { unsafe free(directory) }
        return unsafe String(cString: directory)
    }

    private static func owner(of path: String) -> String {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return "" }
        return ", which belongs to \(name(of: status.st_uid)),"
    }

    /// `alice (1000)`, or the number alone.
    ///
    /// Read from the file itself: other sources of names need libraries and sockets, which a confined process has not.
    private static func name(of user: uid_t) -> String {
        if let users = unsafe fopen("/etc/passwd", "re") {
            defer { unsafe fclose(users) }
            while let entry = unsafe fgetpwent(users) {
                if unsafe entry.pointee.pw_uid == user {
                    return unsafe "\(String(cString: entry.pointee.pw_name)) (\(user))"
                }
            }
        }
        return "user \(user)"
    }
}
