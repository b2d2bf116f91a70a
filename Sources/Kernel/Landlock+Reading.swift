internal import CLinux

extension Landlock.Rule {
    /// A file that is opened for reading again and again, whatever has its name by then.
    ///
    /// Landlock remembers what a path led to, not the path. Another file can take the name, so that it is the directory
    /// that is named. The kernel makes some files of /proc anew for each that opens them (`proc_net_d_revalidate`,
    /// fs/proc/proc_net.c): there it is the whole of /proc, unless the file itself is mounted elsewhere.
    public static func reading(_ path: String) -> Landlock.Rule {
        let path = destination(of: path)
        let directory = Directory.parent(of: path) ?? "."
        guard isInProc(path) else { return Landlock.Rule(directory, .readFile) }
        var place = path
        while let above = Directory.parent(of: place), above != place, isInProc(above) { place = above }
        return Landlock.Rule(place, .readFile)
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
