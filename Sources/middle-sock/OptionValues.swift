internal import ArgumentParser
internal import Kernel

/// The group of the components without privileges, and their users among the five numbers behind it.
struct UserRange: Hashable, Sendable {
    /// The number of the group; no user has it.
    let group: UInt32

    /// A range that neither Debian nor systemd give to anybody (60514 to 61183 in systemd's "Users, Groups, UIDs and
    /// GIDs": unused).
    init() {
        group = 60_767
    }

    /// The range that begins at `first`: root (0) and "no user" (the largest number) are not in any.
    init?(first: UInt32) {
        guard first > 0, first < UInt32.max - 5 else { return nil }
        group = first
    }

    var relay: Program.Identity { identity(1) }
    var recorder: Program.Identity { identity(2) }
    var discovery: Program.Identity { identity(3) }
    // The fourth is Datasette's in compose/.
    var proxy: Program.Identity { identity(5) }

    private func identity(_ offset: UInt32) -> Program.Identity {
        Program.Identity(user: group + offset, group: group)
    }
}

extension UserRange: ExpressibleByArgument {
    init?(argument: String) {
        guard let first = UInt32(argument) else { return nil }
        self.init(first: first)
    }

    var defaultValueDescription: String { "\(group)" }
}
