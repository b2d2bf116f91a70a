import Diagnostics
import Messages
import Testing

@Suite struct VersionTests {
    @Test func `the number is one of Semantic Versioning, and begins the text`() {
        #expect(Version.number.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?/) != nil)
        #expect(Version.text == Version.number || Version.text.hasPrefix(Version.number + "+"))
    }

    @Test func `a program with a name that says little names what it belongs to`() {
        #expect(Version.line(of: .relay) == "relay (middle-sock) \(Version.text)")
        #expect(Version.line(of: .middleSock) == "middle-sock \(Version.text)")
    }
}
