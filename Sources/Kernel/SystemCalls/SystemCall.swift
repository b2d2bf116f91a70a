internal import Glibc

/// A system call that a process may go on to make, by its name in syscalls(2), and with which arguments.
public struct SystemCall: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Something that an argument must be: its bits below `mask` are those of `value`.
    public struct Condition: Hashable, Sendable {
        /// Which one, from 0 to 5.
        public let argument: UInt32
        /// The bits that are looked at.
        public let mask: UInt64
        /// What these bits are.
        public let value: UInt64
    }

    /// As in syscalls(2).
    public let name: String
    /// All of them must hold.
    public private(set) var conditions: [Condition] = []
    /// The error number (errno(3)) that it gives instead of being made, 0 for none.
    public private(set) var answer: Int32?

    /// The call with any arguments.
    public init(stringLiteral name: String) {
        self.name = name
    }

    /// The call only where this argument, an `int` or `unsigned int` for the kernel, is one number.
    ///
    /// - Parameter argument: which one, the first being 0.
    public func when(_ argument: UInt32, is value: UInt32) -> SystemCall {
        when(argument, .max, is: value)
    }

    /// The call only where this argument has none of these bits.
    public func when(_ argument: UInt32, lacks bits: UInt32) -> SystemCall {
        when(argument, bits, is: 0)
    }

    /// The call only where this argument has all of these bits.
    public func when(_ argument: UInt32, has bits: UInt32) -> SystemCall {
        when(argument, bits, is: bits)
    }

    /// The call only where this argument, a pointer, is null.
    public func whenNull(_ argument: UInt32) -> SystemCall {
        adding(Condition(argument: argument, mask: .max, value: 0))
    }

    /// The call fails as if the kernel did not know it (`ENOSYS`), and whoever makes it has to take another.
    public var answeredAsMissing: SystemCall {
        answered(ENOSYS)
    }

    /// The call does nothing and seems to succeed.
    public var answeredAsDone: SystemCall {
        answered(0)
    }

    private func answered(_ code: Int32) -> SystemCall {
        var call = self
        call.answer = code
        return call
    }

    // What is above an int in the register is not the kernel's to look at.
    private func when(_ argument: UInt32, _ mask: UInt32, is value: UInt32) -> SystemCall {
        adding(Condition(argument: argument, mask: UInt64(mask), value: UInt64(value)))
    }

    private func adding(_ condition: Condition) -> SystemCall {
        var call = self
        call.conditions.append(condition)
        return call
    }
}
