import Foundation
import Kernel
import RootTesting
import Testing

/// What code can do that has taken over a relay at work (Tests/escape): the library is loaded into the program itself,
/// which gives up what it gives up, and is then handed packet sockets.
@Suite("A relay that was taken over", .timeLimit(.minutes(2)), .asRoot)
struct EscapeTests {
    /// The ways out that are tried, as Tests/escape/attempts.c has them.
    enum Attempt: String, CaseIterable {
        case rebind, disconnect, replaceFilter, removeFilter, hearEverything, bypassQueues, sendtoElsewhere
        case sendmsgElsewhere, sendmmsgElsewhere, openInternetSocket, openUnixSocket, openFile, runProgram, makeProcess
        case makeThread, trace, readMemory, signalProcess, unshare, makeRing, configureInterface, makeCode

        /// How it ends where nothing was given up: the socket's filter is locked by netns-agent already, and the process
        /// to trace is root's.
        var ending: ChildProcess.Exit {
            [.replaceFilter, .removeFilter, .trace].contains(self) ? .status(EPERM) : .status(0)
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
        // Where the relay's user can read it.
        let library = NSTemporaryDirectory() + "escape-\(UUID().uuidString.prefix(8)).so"
        let products = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") as NSString
        try FileManager.default.copyItem(
            atPath: products.deletingLastPathComponent + "/libescape.so", toPath: library)
        defer { try? FileManager.default.removeItem(atPath: library) }
        let relay = try RelayProcess(
            environment: [
                "LD_PRELOAD=\(library)", "ESCAPE_ATTEMPT=\(attempt.rawValue)", "ESCAPE_THREAD=\(place.rawValue)",
            ] + more)
        let agent = try Agent(handing: LAN(), to: relay)
        let ending = try relay.end()
        agent.close()
        return ending
    }
}
