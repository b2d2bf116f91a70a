public import Diagnostics
public import Kernel
public import Logging

/// What the components that need no privilege give up, in stages; docs/security.md says what each holds after which.
///
/// The order is theirs: each opens what it needs, and can open nothing else afterwards.
public enum Isolation {
    /// Gives up all privileges and most of the machine: the first thing that a component does.
    ///
    /// - Throws: `Failure` (69) naming the step that the kernel refuses.
    public static func renouncePrivileges(limits: ResourceLimits) throws(Failure) {
        do {
            try Privileges.renounce()
            try limits.enforce()
        } catch {
            throw .unavailable("cannot give up privileges: \(error)")
        }
    }

    /// Gives up all files but these; says so where the kernel cannot do that, and goes on: permissions and the filter of
    /// system calls still stand.
    ///
    /// To be called while there is but one thread.
    ///
    /// - Throws: `Failure` (69) naming the step that failed otherwise.
    public static func confineFiles(
        to rules: [Landlock.Rule], reach: Landlock.Reach = .none, logger: Logger
    ) throws(Failure) {
        do {
            _ = try Landlock.enforce(rules, reach: reach)
        } catch {
            guard error.isUnsupported else { throw .unavailable("cannot give up the file system: \(error)") }
            logger.notice("Landlock is not to be had here (\(error)): files are kept away by their permissions only")
        }
    }

    /// Gives up all system calls but these, in every thread: the last thing before something from outside is read.
    ///
    /// - Throws: `Failure` (69) when the kernel or a container's runtime does not let it.
    public static func confineSystemCalls(to calls: [SystemCall]) throws(Failure) {
        do {
            try SystemCallFilter.enforce(allowing: calls)
        } catch {
            throw .unavailable(
                "cannot give up system calls: \(error); the kernel needs CONFIG_SECCOMP_FILTER, and a container's "
                    + "runtime must let seccomp(2) be used")
        }
    }
}
