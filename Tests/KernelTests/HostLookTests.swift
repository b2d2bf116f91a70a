import Foundation
import Testing

@testable import Kernel

@Suite("What a look at the host needs of the kernel", .timeLimit(.minutes(1)))
struct HostLookTests {
    @Test func `interfaces come with what everybody may know about them`() throws {
        let namespace = try NetworkNamespace.make()
        let devices = try namespace.run { () throws(SystemError) in try NetworkDevice.all() }
        #expect(devices.map(\.name) == ["lo"])
        #expect(devices.first?.index == 1)
        #expect(devices.first?.macAddress == nil)
        #expect(devices.first?.isUp == false && devices.first?.isRunning == false)
    }

    @Test func `an Ethernet interface has a MAC address`() throws {
        let namespace = try NetworkNamespace.make()
        let devices = try namespace.run { () throws(SystemError) in
            let tap = try TapInterface(named: "tap0", filter: .nothing)
            let devices = try NetworkDevice.all()
            _ = consume tap
            return devices
        }
        let device = try #require(devices.first { $0.name == "tap0" })
        let address = try #require(device.macAddress)
        #expect(address != 0 && address >> 48 == 0)
    }

    @Test func `a tool is asked, and says what it has to say`() throws {
        #expect(try ToolOutput.of("echo", ["a", "b"]) == .success(Array("a b\n".utf8)))
        #expect(try ToolOutput.of("/bin/sh", ["-c", "echo no >&2; exit 3"]) == .failure("no\n"))
        #expect(try ToolOutput.of("there-is-no-such-tool", []) == .missing)
    }

    @Test func `a tool that says much is heard to the end, one that says too much is not`() throws {
        guard case .success(let text) = try ToolOutput.of("head", ["-c", "1000000", "/dev/zero"]) else {
            Issue.record("not heard")
            return
        }
        #expect(text.count == 1_000_000)
        #expect(try ToolOutput.of("cat", ["/dev/zero"]) == .endless)
    }

    @Test func `a tool that does not end is not waited for`() throws {
        let begin = Clock.monotonic
        #expect(try ToolOutput.of("sleep", ["1000"], timeout: 50_000) == .endless)
        #expect(Clock.monotonic - begin < 20_000_000)
    }

    @Test func `the kernel says what it can take from a process`() throws {
        let lists = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        #expect(KernelFeatures.seccomp == lists.contains("Seccomp_filters:"))
        // landlock_create_ruleset(2), LANDLOCK_CREATE_RULESET_VERSION; the number is the same on all architectures.
        let script = "import ctypes; print(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))"
        guard case .success(let text) = try ToolOutput.of("python3", ["-c", script]) else {
            Issue.record("python3 does not say it")
            return
        }
        let version = try #require(Int(String(decoding: text, as: UTF8.self).filter { $0 != "\n" }))
        #expect(KernelFeatures.landlock == (version < 0 ? nil : version))
    }
}
