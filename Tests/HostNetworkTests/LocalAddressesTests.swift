import Addresses
import HostNetwork
import Testing

@Suite("/proc/net/fib_trie")
struct LocalAddressesTests {
    @Test(
        arguments: [
            ("untouched", []),
            ("loopback", ["127.0.0.1"]),
            ("paper-file-3", ["127.0.0.1", "172.17.0.1", "192.168.100.102"]),
            ("several", ["127.0.0.1", "192.168.50.2", "192.168.50.200", "10.20.0.9", "192.168.20.2", "10.66.0.2"]),
            ("many", ["127.0.0.1", "192.168.8.2"]),
        ] as [(String, Set<IPv4Address>)])
    func `the host's own addresses are read, and nothing else`(fixture: String, addresses: Set<IPv4Address>) throws {
        #expect(try LocalAddresses.parse(Fixture(fixture).trie) == addresses)
    }

    @Test func `what a routing rule's table calls local is not the host's`() throws {
        let fixture = try Fixture("policy")
        #expect(
            String(decoding: fixture.trie, as: UTF8.self).contains("|-- 192.168.7.77\n        /32 host LOCAL\nMain:"))
        #expect(try LocalAddresses.parse(fixture.trie) == ["127.0.0.1", "192.168.7.2"])
    }

    @Test func `an address counts in Local and in Main, a wider or link-local route in neither`() throws {
        let tree = "|-- 192.0.2.2\n /32 host LOCAL\n|-- 192.0.2.3\n /32 link LOCAL\n|-- 192.0.2.0\n /24 host LOCAL\n"
        #expect(try LocalAddresses.parse(Array("Local:\n\(tree)".utf8)) == ["192.0.2.2"])
        #expect(try LocalAddresses.parse(Array("Main:\n\(tree)".utf8)) == ["192.0.2.2"])
        #expect(try LocalAddresses.parse(Array("Id 255:\n\(tree)".utf8)).isEmpty)
    }

    @Test func `the last newline does not matter`() throws {
        #expect(try LocalAddresses.parse(Array("Local:\n  |-- 192.0.2.2\n     /32 host LOCAL".utf8)) == ["192.0.2.2"])
    }

    @Test func `types and traffic classes that newer kernels print are passed over`() throws {
        let text = "Local:\n |-- 192.0.2.2\n  /32 host LOCAL tos=16\n |-- 192.0.2.3\n  /32 scope=9 type 12\n"
        #expect(try LocalAddresses.parse(Array(text.utf8)) == ["192.0.2.2"])
    }

    @Test func `a file cut off anywhere gives whole addresses or an error naming the last line`() throws {
        let bytes = try Fixture("paper-file-3").trie
        let addresses = try LocalAddresses.parse(bytes)
        var refused = 0
        for length in 1..<bytes.count {
            let line = bytes[..<length].split(separator: UInt8(ascii: "\n")).count
            do throws(TableError) {
                #expect(try LocalAddresses.parse(Array(bytes[..<length])).isSubset(of: addresses))
            } catch {
                refused += 1
                #expect(error.description.hasPrefix("line \(line): "))
            }
        }
        #expect(refused > bytes.count / 2)
    }

    @Test(arguments: [
        ("  |-- 192.0.2.2\n", 1, "Line `  |-- 192.0.2.2` stands before the title of a table, such as `Local:`"),
        ("Local:\n  |-- 192.0.2\n", 2, "Leaf `192.0.2` is not an IPv4 address"),
        ("Local:\n  |-- 192.0.2.2\n     /32 host LOCA", 3, "Type `LOCA` is no type of route"),
        (
            "Local:\n     /32 host LOCAL\n", 2,
            "Line `     /32 host LOCAL` is no title, node, leaf or route of a fib_trie"
        ),
        ("Local:\n  |-- 192.0.2.2\n", 2, "the file ends here, before the routes of a leaf"),
        ("Local:\n", 1, "the file ends here, before the routes of a leaf"),
        ("Local:\n  |-- 192.0.2.2\n     /33 host LOCAL\n", 3, "Prefix `/33` is not a length from /0 to /32"),
        ("Local:\n  |-- 192.0.2.2\n     / host LOCAL\n", 3, "Prefix `/` is not a length from /0 to /32"),
        (
            "Local:\n  |-- 192.0.2.2\n     32 host LOCAL\n", 3,
            "Line `     32 host LOCAL` is no title, node, leaf or route of a fib_trie"
        ),
        ("Route:\n", 1, "Line `Route:` stands before the title of a table, such as `Local:`"),
        ("Local:\nId a:\n", 2, "Line `Id a:` is no title, node, leaf or route of a fib_trie"),
        ("Local:\n\n", 2, "Line `` is no title, node, leaf or route of a fib_trie"),
        (
            "Local:\n  +-- 192.0.2.0/24 2 0\n", 2,
            "Line `  +-- 192.0.2.0/24 2 0` is no title, node, leaf or route of a fib_trie"
        ),
    ])
    func `a wrong line is an error that names it`(text: String, line: Int, reason: String) {
        #expect(throws: TableError.malformed(line: line, reason: reason)) {
            try LocalAddresses.parse(Array(text.utf8))
        }
    }

    @Test func `a file of more than 4 MiB is refused`() {
        let row = "     /32 host LOCAL                                             \n".utf8
        let head = Array("Local:\n  |-- 192.0.2.2\n".utf8)
        let full = head + Array(repeatElement(row, count: LocalAddresses.maximumSize / row.count).joined())
        #expect(throws: TableError.tooLarge(maximum: 4 << 20)) { try LocalAddresses.parse(full + row) }
    }
}
