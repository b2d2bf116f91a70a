import Testing

@testable import netns_agent

@Suite("A server that is started so that it cannot serve")
struct MisstartTests {
    @Test func `what one listens on that hears nobody is told in order`() {
        let words = DeafServer(ports: [1_067, 53]).words(about: "dhcpd (process 7)")
        #expect(words.hasPrefix("dhcpd (process 7) listens on UDP port 53, 1067, but clients send to port 67: "))
        #expect(DeafServer(ports: []).words(about: "kea").hasPrefix("kea listens on no UDP port: "))
    }
}
