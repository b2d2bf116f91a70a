internal import CLinux

/// What a process can give up of what it was started with, for good.
public enum Privileges {
    /// Gives up all capabilities, also those that a program could give back, and supplementary groups.
    ///
    /// Programs that the process would start can have no more than itself (`PR_SET_NO_NEW_PRIVS`), and other processes of
    /// its user can neither trace it nor look into it (`PR_SET_DUMPABLE`). Who may not change groups or the bounding set
    /// keeps them: without privileges the latter is worth nothing.
    ///
    /// To be called while there is but one thread.
    ///
    /// - Throws: `SystemError` naming the step.
    public static func renounce() throws(SystemError) {
        let effective = Capabilities.effective
        if effective.contains(.setpcap) { try emptyBoundingSet() }
        if effective.contains(.setgid) { try retrying("setgroups") { setgroups(0, nil) } }
        try retrying("prctl PR_CAP_AMBIENT_CLEAR_ALL") { clinux_clear_ambient_capabilities() }
        try retrying("capset") { clinux_clear_capabilities() }
        try retrying("prctl PR_SET_NO_NEW_PRIVS") { clinux_prctl(PR_SET_NO_NEW_PRIVS, 1) }
        try retrying("prctl PR_SET_DUMPABLE") { clinux_prctl(PR_SET_DUMPABLE, 0) }
    }

    private static func emptyBoundingSet() throws(SystemError) {
        for capability in 0..<Int32(64) where clinux_has_capability_bound(capability) {
            try retrying("prctl PR_CAPBSET_DROP \(capability)") {
                clinux_prctl(PR_CAPBSET_DROP, UInt(capability))
            }
        }
    }

    /// Becomes another user for good, with no supplementary groups, if `suffices` says as that user that it can work so.
    ///
    /// To be called by root while there is but one thread.
    ///
    /// - Returns: whether it has become that user; otherwise it is who it was, without supplementary groups.
    /// - Throws: `SystemError` naming the step.
    public static func become(_ user: Program.Identity, if suffices: () -> Bool) throws(SystemError) -> Bool {
        guard Capabilities.effective.isSuperset(of: [.setuid, .setgid]) else { return false }
        let (ownUser, ownGroup) = (geteuid(), getegid())
        if Capabilities.effective.contains(.setpcap) { try emptyBoundingSet() }
        try retrying("setgroups") { setgroups(0, nil) }
        // What it was is kept until it is known whether it must go back.
        try retrying("setresgid") { setresgid(user.group, user.group, ownGroup) }
        try retrying("setresuid") { setresuid(user.user, user.user, ownUser) }
        guard suffices() else {
            try retrying("setresuid") { setresuid(ownUser, ownUser, ownUser) }
            try retrying("setresgid") { setresgid(ownGroup, ownGroup, ownGroup) }
            return false
        }
        try retrying("setresgid") { setresgid(user.group, user.group, user.group) }
        try retrying("setresuid") { setresuid(user.user, user.user, user.user) }
        return true
    }
}
