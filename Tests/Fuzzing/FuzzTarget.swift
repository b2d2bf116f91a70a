import Glibc

/// What libFuzzer can be let loose on: input that a component gets from somebody it must not trust.
///
/// Which one a process runs, `MIDDLE_SOCK_FUZZ_TARGET` says: one program holds all, so that it is linked once.
enum FuzzTarget: String {
    /// The views over a frame, and what is written into one.
    case frames
    /// The relay's decision, against the rules written down a second time.
    case forwarding
    /// Frames through a published port, translated and then decided.
    case translation
    /// The datagrams between components.
    case messages
    /// The routing table, the addresses beside it, and what they tell.
    case tables
    /// What packets change about leases, against the model of the tests.
    case leases

    static let chosen: FuzzTarget = {
        guard let name = unsafe getenv("MIDDLE_SOCK_FUZZ_TARGET").map({ unsafe String(cString: $0) }),
            let target = FuzzTarget(rawValue: name)
        else { preconditionFailure("MIDDLE_SOCK_FUZZ_TARGET names no target; script/fuzz sets it") }
        return target
    }()

    /// Does with `input` what the component would do, and stops the process where a property does not hold.
    func check(_ input: [UInt8]) {
        var input = FuzzInput(input)
        switch self {
        case .frames: FrameProperties.check(input.rest)
        case .forwarding: ForwardingProperties.check(&input)
        case .translation: TranslationProperties.check(&input)
        case .messages: MessageProperties.check(input.rest)
        case .tables: TableProperties.check(input.rest)
        case .leases: LeaseProperties.check(&input)
        }
    }
}

/// libFuzzer calls this with every input it makes.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen.check(unsafe [UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Stops the process unless `condition` holds: libFuzzer keeps the input then.
func require(_ condition: Bool, _ property: @autoclosure () -> String) {
    if !condition { fatalError("does not hold: \(property())") }
}
