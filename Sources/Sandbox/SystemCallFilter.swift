internal import CSeccomp
internal import Glibc
public import Kernel

/// Takes from the process all system calls but some (seccomp(2), by libseccomp).
public enum SystemCallFilter {
    /// From now on every thread of the process may make these calls only; the kernel kills it at any other (`SIGSYS`).
    ///
    /// The first of the calls are the first that are compared.
    ///
    /// - Throws: `SystemError` of libseccomp (seccomp_rule_add(3), seccomp_load(3)): `ENOENT` for a name that it does
    ///   not know, `ECANCELED` when the kernel refuses the filter or a thread cannot have it.
    public static func enforce(allowing calls: [SystemCall]) throws(SystemError) {
        guard let context = unsafe seccomp_init(SCMP_ACT_KILL_PROCESS) else {
            throw SystemError("seccomp_init", code: ENOMEM)
        }
        defer { unsafe seccomp_release(context) }
        try unsafe set(SCMP_FLTATR_ACT_BADARCH, to: SCMP_ACT_KILL_PROCESS, in: context)
        try unsafe set(SCMP_FLTATR_CTL_TSYNC, to: 1, in: context)
        var priority = UInt8.max
        var hasPriority: Set<String> = []
        for call in calls {
            let number = try number(of: call)
            if hasPriority.insert(call.name).inserted {
                try check("seccomp_syscall_priority") {
                    unsafe seccomp_syscall_priority(context, number, priority)
                }
                priority = max(priority, 1) - 1
            }
            try unsafe allow(call, number, in: context)
        }
        try check("seccomp_load") { unsafe seccomp_load(context) }
    }

    private static func number(of call: SystemCall) throws(SystemError) -> Int32 {
        let number = unsafe seccomp_syscall_resolve_name(call.name)
        guard number != __NR_SCMP_ERROR else { throw SystemError("seccomp_rule_add \(call.name)", code: ENOENT) }
        return number
    }

    private static func allow(
        _ call: SystemCall, _ number: Int32, in context: UnsafeMutableRawPointer
    ) throws(SystemError) {
        let conditions = call.conditions.map {
            scmp_arg_cmp(arg: $0.argument, op: SCMP_CMP_MASKED_EQ, datum_a: $0.mask, datum_b: $0.value)
        }
        try check("seccomp_rule_add \(call.name)") {
            unsafe seccomp_rule_add_array(context, action(of: call), number, UInt32(conditions.count), conditions)
        }
    }

    private static func set(
        _ attribute: scmp_filter_attr, to value: UInt32, in context: UnsafeMutableRawPointer
    ) throws(SystemError) {
        try check("seccomp_attr_set") { unsafe seccomp_attr_set(context, attribute, value) }
    }

    private static func check(_ call: @autoclosure () -> String, _ body: () -> Int32) throws(SystemError) {
        let code = body()
        guard code == 0 else { throw SystemError(call(), code: -code) }
    }

    /// `SCMP_ACT_ALLOW` or `SCMP_ACT_ERRNO(answer)`, which is a macro (seccomp.h).
    private static func action(of call: SystemCall) -> UInt32 {
        call.answer.map { 0x0005_0000 | UInt32($0) } ?? SCMP_ACT_ALLOW
    }
}
