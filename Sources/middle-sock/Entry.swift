internal import CommandLine
internal import Kernel

/// Where the process begins.
@main
enum Entry {
    /// When it began, in microseconds of the monotonic clock: the start of the server is timed from here.
    ///
    /// Its first instruction comes when the kernel and the C library have loaded it, a millisecond later. A process that
    /// loads does nothing else and waits for nothing that is in memory, so what it has had of a processor by then is how
    /// long it has been there.
    static let time = Clock.monotonic - Clock.processor

    static func main() {
        _ = time
        do { try ReadingCommands.passOn(Array(CommandLine.arguments.dropFirst())) } catch {
            MiddleSock.end(with: error)
        }
        MiddleSock.main()
    }
}
