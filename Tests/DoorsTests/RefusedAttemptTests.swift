import Addresses
import Doors
import Testing

@Suite("What a server wanted and could not have")
struct RefusedAttemptTests {
    private func attempt(_ port: UInt16) -> RefusedAttempt {
        RefusedAttempt(.udp, IPv4Address(127, 0, 0, 1), port)
    }

    @Test func `is told with the option to copy`() {
        #expect(attempt(53).words(about: "dhcpd") == "dhcpd wanted udp 127.0.0.1:53: --connect 127.0.0.1:53/udp")
        #expect(attempt(67).words(about: "dhcpd") == "dhcpd wanted udp 127.0.0.1:67, for which there can be no door")
    }

    @Test func `is told once each`() {
        var attempts = RefusedAttempts()
        let news = [(53, 0), (53, 1), (54, 2)].map { attempts.note(attempt($0), at: $1) }
        #expect(news == [true, false, true])
        #expect(attempts.told == [attempt(53), attempt(54)] && attempts.count == 3)
    }

    @Test func `fills neither the log nor memory, whatever a server makes up`() {
        var attempts = RefusedAttempts()
        var told = 0
        for second in UInt64(0)..<3_600 {
            for port in UInt16(1)...100
            where attempts.note(attempt(port &+ UInt16(second) &* 17), at: second * 1_000_000) {
                told += 1
            }
        }
        #expect(told == RefusedAttempts.maximumCount && attempts.told.count == told)
        #expect(attempts.untold > 0 && attempts.count == 360_000)
    }

    @Test func `at once are eight at most`() {
        var attempts = RefusedAttempts()
        let told = (UInt16(100)..<200).filter { attempts.note(attempt($0), at: 5) }
        #expect(told.count == 8)
    }
}
