internal import CLinux

/// Removes a socket that a process of ours left behind, so that its name can be bound again.
///
/// Only a socket, not a link to one; only our own user's; only one on which nobody receives any more. What else is
/// there stays, and binding to it will fail with `EADDRINUSE`.
func removeAbandonedSocket(at path: String) throws(SystemError) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & UInt32(S_IFMT) == UInt32(S_IFSOCK),
        status.st_uid == geteuid()
    else {
        return
    }
    let probe = try MessageSocket()
    let answer = unsafe clinux_connect(probe.descriptor.rawValue, path)
    guard answer < 0, lastError == ECONNREFUSED else { return }
    try retrying("unlink \(path)") { unsafe unlink(path) }
}
