internal import Diagnostics
internal import Glibc
internal import Kernel

/// A file that is replaced in one piece: nobody sees half of it.
struct WholeFile {
    let path: String

    /// Writes a file beside it, and renames that one to its name.
    func write(_ text: String) throws(Failure) {
        do {
            let file = try Descriptor(replacing: path + ".new")
            try file.write(Array(text.utf8))
            guard unsafe rename(path + ".new", path) == 0 else { throw SystemError("rename \(path)") }
        } catch {
            throw .unavailable("cannot write \(path): \(error)")
        }
    }
}
