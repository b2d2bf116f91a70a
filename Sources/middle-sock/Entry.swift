internal import Component
internal import Kernel

/// Where the process begins.
@main
enum Entry {
    /// When it began, in microseconds of the monotonic clock: the start of the server is timed from here.
    static let time = Clock.monotonic

    static func main() {
        _ = time
        MiddleSock.main()
    }
}
