internal import CLinux

extension Landlock.Rule {
    /// A file that is opened for reading again and again, whatever has its name by then.
    ///
    /// Landlock remembers what a path led to, not the path. Another file can take the name, so that it is the directory
    /// that is named, or where that is a link, which can lead elsewhere later, the one that the link is in. The kernel
    /// makes some files of /proc anew for each that opens them (`proc_net_d_revalidate`, fs/proc/proc_net.c): there it is
    /// the whole of /proc, unless the file itself is mounted elsewhere.
    public static func reading(_ path: String) -> Landlock.Rule {
        guard isInProc(path) else { return Landlock.Rule(stableDirectory(of: path), .readFile) }
        var place = destination(of: path)
        while let above = Directory.parent(of: place), above != place, isInProc(above) { place = above }
        return Landlock.Rule(place, .readFile)
    }

    private static func stableDirectory(of path: String) -> String {
        let directory = Directory.parent(of: path) ?? "."
        var status = stat()
        let isLink = unsafe lstat(directory, &status) == 0 && status.st_mode & UInt32(S_IFMT) == UInt32(S_IFLNK)
        return isLink ? Directory.parent(of: directory) ?? "." : directory
    }

    private static func destination(of path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    private static func isInProc(_ path: String) -> Bool {
        var description = statfs()
        return unsafe statfs(path, &description) == 0 && description.f_type == PROC_SUPER_MAGIC
    }
}
