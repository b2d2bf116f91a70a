import Diagnostics
import Foundation
import Kernel
import Service
import Testing

@testable import netns_agent

@Suite("What the server sees of the host's files")
struct ServerFilesTests {
    private static let host = HostFiles(isKernelReadOnly: false, hasBlockDevices: true, isHostRoot: true)

    @Test func `on a plain host it is narrowed, in a container it was`() {
        #expect(ServerFiles.decide(on: Self.host, isLimited: false) == .required)
        var files = HostFiles(isKernelReadOnly: true, hasBlockDevices: false, isHostRoot: true)
        #expect(ServerFiles.decide(on: files, isLimited: false) == .others)
        // An engine that was told to give the container a disk, or a unit that has one.
        files.hasBlockDevices = true
        #expect(ServerFiles.decide(on: files, isLimited: false) == .attempt)
        // A container whose root is nobody outside.
        files = HostFiles(isKernelReadOnly: false, hasBlockDevices: false, isHostRoot: false)
        #expect(ServerFiles.decide(on: files, isLimited: false) == .attempt)
    }

    @Test func `what an administrator asks for is done, or nothing starts`() {
        let contained = HostFiles(isKernelReadOnly: true, hasBlockDevices: false, isHostRoot: false)
        #expect(ServerFiles.decide(on: contained, isLimited: true) == .required)
    }

    @Test func `it is given up only where it need not be done and is forbidden`() throws {
        let forbidden = SystemError("make a view of the files, clone", code: EPERM)
        var files = try ServerFiles(writes: [], hiding: .init("/run/middle-sock"), on: Self.host)
        let isGivenUp = files.giveUp(after: forbidden)
        #expect(!isGivenUp && files.decision == .required)
        var container = Self.host
        container.isHostRoot = false
        files = try ServerFiles(writes: [], hiding: .init("/run/middle-sock"), on: container)
        for other in [
            SystemError("start dhcpd", code: EPERM), SystemError("make a view of the files, clone", code: EINVAL),
        ] {
            let isGivenUp = files.giveUp(after: other)
            #expect(!isGivenUp, "\(other)")
        }
        #expect(try files.view() != nil)
        let isGivenUpNow = files.giveUp(after: forbidden)
        #expect(isGivenUpNow && files.decision == .others)
        #expect(try files.view() == nil)
    }

    @Test func `what cannot be written is refused with what to do`() throws {
        for (path, words) in [
            ("/no/such/directory", "find /no/such/directory: No such file or directory; make it first"),
            ("/usr/..", "--server-writes / is everything"), ("/proc/sys", "is the kernel's"),
            ("/sys", "is the kernel's"),
        ] {
            let failure = #expect(throws: Failure.self) {
                _ = try ServerFiles(writes: [path], hiding: .init("/run/middle-sock"), on: Self.host)
            }
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        }
        let view = try ServerFiles(writes: ["/usr/lib/.."], hiding: .init("/usr/bin"), on: Self.host).view()
        #expect(view?.writable == ["/usr"] && view?.hidden.first == "/usr/bin")
        #expect(throws: Failure.self) {
            try ServerFiles(
                writes: Array(repeating: "/usr", count: 65), hiding: .init("/run/middle-sock"), on: Self.host)
        }
    }
}
