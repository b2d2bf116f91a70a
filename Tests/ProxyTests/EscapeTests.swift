import Foundation
import Glibc
import Kernel
import Messages
import RootTesting
import Testing

/// What code can do that has taken over a proxy at work (Tests/escape): the library is loaded into the program itself, which
/// gives up what it gives up, and is then handed sockets of UDP, by which it can reach whoever has their addresses.
@Suite("A proxy that was taken over", .timeLimit(.minutes(2)), .asRoot)
struct EscapeTests {
    /// The ways out that are tried, as Tests/escape/attempts.c has them.
    enum Attempt: String, CaseIterable {
        case connectElsewhere, bindElsewhere, sendtoInternet, listenThere, acceptThere, setInternetOption
        case openInternetSocket, openUnixSocket, openFile, runProgram, makeProcess, makeThread, trace, readMemory
        case signalProcess, unshare, makeRing, configureInterface, makeCode

        /// How it ends where nothing was given up.
        var ending: ChildProcess.Exit {
            switch self {
            case .trace: .status(EPERM)
            // There is no interface but the loopback.
            case .configureInterface: .status(ENODEV)
            // The socket has an address already; connections are TCP's.
            case .bindElsewhere: .status(EINVAL)
            case .listenThere, .acceptThere: .status(EOPNOTSUPP)
            default: .status(0)
            }
        }
    }

    /// The thread that tries.
    enum Place: String, CaseIterable {
        case main, other
    }

    @Test(arguments: Attempt.allCases, Place.allCases)
    func `is killed at whatever it tries`(attempt: Attempt, place: Place) throws {
        #expect(try ending(of: attempt, in: place, []) == .signal(SIGSYS))
    }

    @Test(arguments: Attempt.allCases, Place.allCases)
    func `could do it if it had given up nothing`(attempt: Attempt, place: Place) throws {
        #expect(try ending(of: attempt, in: place, ["ESCAPE_UNCONFINED=yes"]) == attempt.ending)
    }

    private func ending(of attempt: Attempt, in place: Place, _ more: [String]) throws -> ChildProcess.Exit {
        // Where the proxy's user can read it.
        let library = NSTemporaryDirectory() + "escape-\(UUID().uuidString.prefix(8)).so"
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString
        try FileManager.default.copyItem(
            atPath: products.deletingLastPathComponent + "/libescape.so", toPath: library)
        defer { try? FileManager.default.removeItem(atPath: library) }
        let proxy = try ProxyProcess(
            environment: [
                "LD_PRELOAD=\(library)", "ESCAPE_FAMILY=\(AF_INET)", "ESCAPE_ATTEMPT=\(attempt.rawValue)",
                "ESCAPE_THREAD=\(place.rawValue)",
            ] + more)
        let namespace = try NetworkNamespace.withLoopback()
        let pair = try namespace.datagramPair(port: 2_000)
        try proxy.hand(1, .datagrams, server: pair.far, peer: pair.near)
        return try proxy.end()
    }
}
