import Foundation
import Kernel
import RootTesting
import Testing

@Suite("Network namespaces")
struct NetworkNamespaceTests {
    @Test(.asRoot) func `as root, a thread is where it was when a new one cannot be had`() async throws {
        await #expect(processExitsWith: .success) {
            let here = "/proc/thread-self/ns/net"
            let home = try FileManager.default.destinationOfSymbolicLink(atPath: here)
            // Of the two descriptors that it takes there is one.
            let lowest = try Descriptor(reading: "/dev/null").rawValue
            var limit = rlimit(rlim_cur: rlim_t(lowest + 1), rlim_max: rlim_t(lowest + 1))
            #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let error = #expect(throws: SystemError.self) { _ = try NetworkNamespace.make() }
            #expect(error?.code == EMFILE)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: here) == home)
        }
    }
}
