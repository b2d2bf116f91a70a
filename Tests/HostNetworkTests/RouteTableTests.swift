import Addresses
import HostNetwork
import Testing

private let header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"

/// A table of the header and one row.
private func table(_ row: String) -> [UInt8] { Array((header + row).utf8) }

@Suite("/proc/net/route")
struct RouteTableTests {
    @Test func `the paper's File 3 is read row by row`() throws {
        let router: IPv4Address = "192.168.100.1"
        let host: RouteFlags = [.RTF_UP, .RTF_HOST]
        func route(
            _ interface: InterfaceName, _ destination: IPv4Network, _ gateway: IPv4Address?, _ flags: RouteFlags,
            _ metric: UInt32
        ) -> Route {
            Route(interface: interface, destination: destination, gateway: gateway, flags: flags, metric: metric)
        }
        #expect(
            try RouteTable.parse(Fixture("paper-file-3").route) == [
                route("ens34", "0.0.0.0/0", router, [.RTF_UP, .RTF_GATEWAY], 100),
                route("ens34", "10.200.70.35/32", router, [.RTF_UP, .RTF_GATEWAY, .RTF_HOST], 100),
                route("docker0", "172.17.0.0/16", nil, .RTF_UP, 0),
                route("ens34", "192.168.100.0/24", nil, .RTF_UP, 100),
                route("ens34", "192.168.100.1/32", nil, host, 100),
                route("ens34", "192.168.100.6/32", nil, host, 100),
            ])
    }

    @Test(arguments: [("untouched", 0), ("loopback", 0), ("several", 17), ("many", 92)])
    func `tables of a kernel are read whole`(fixture: String, count: Int) throws {
        #expect(try RouteTable.parse(Fixture(fixture).route).count == count)
    }

    @Test func `reject routes have no interface, and a metric may need all 32 bits`() throws {
        let routes = try RouteTable.parse(Fixture("several").route).filter { $0.interface == nil }
        #expect(routes.map(\.destination) == ["0.0.0.0/0", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"])
        #expect(routes.map { $0.flags.contains(.RTF_REJECT) } == [true, false, true, true, false])
        #expect(routes.first?.metric == 4_278_198_272)
    }

    @Test func `a router with an IPv6 address is no gateway`() throws {
        let route = try #require(try RouteTable.parse(Fixture("several").route).first)
        #expect(route.interface == "ens1.20" && route.flags == [.RTF_UP, .RTF_GATEWAY] && route.gateway == nil)
    }

    @Test func `padding and the last newline do not matter`() throws {
        let padded = try Fixture("several").route
        let lines = String(decoding: padded, as: UTF8.self).split(separator: "\n")
        let bare = lines.map { line in line.reversed().drop { $0 == " " }.reversed().map(String.init).joined() }
        #expect(try RouteTable.parse(Array(bare.joined(separator: "\n").utf8)) == RouteTable.parse(padded))
    }

    @Test func `a table cut off anywhere gives whole routes or an error naming the last line`() throws {
        let bytes = try Fixture("paper-file-3").route
        let routes = try RouteTable.parse(bytes)
        var refused = 0
        for length in 1..<bytes.count {
            let line = bytes[..<length].split(separator: UInt8(ascii: "\n")).count
            do throws(TableError) {
                let read = try RouteTable.parse(Array(bytes[..<length]))
                #expect(read == Array(routes.prefix(line - 1)))
            } catch {
                refused += 1
                #expect(error.description.hasPrefix("line \(line): "))
            }
        }
        #expect(refused > 7 * 40)
    }

    @Test(arguments: [
        (
            "eth0\t0064A8C0\t0164A8CG\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "Gateway `0164A8CG` is not 8 hexadecimal digits"
        ),
        (
            "eth0\t0064A8C\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "Destination `0064A8C` is not 8 hexadecimal digits"
        ),
        (
            "eth0\t00064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "Destination `00064A8C0` is not 8 hexadecimal digits"
        ),
        (
            "eth0\t+064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "Destination `+064A8C0` is not 8 hexadecimal digits"
        ),
        ("eth0\t0064A8C0\t00000000\t0x01\t0\t0\t0\t00FFFFFF\t0\t0\t0", "Flags `0x01` is not 4 hexadecimal digits"),
        (
            "eth0\t0064A8C0\t00000000\t0001\t0\t0\t-1\t00FFFFFF\t0\t0\t0",
            "Metric `-1` is not a number from 0 to 4294967295"
        ),
        (
            "eth0\t0064A8C0\t00000000\t0001\t0\t0\t-0\t00FFFFFF\t0\t0\t0",
            "Metric `-0` is not a number from 0 to 4294967295"
        ),
        (
            "eth0\t0064A8C0\t00000000\t0001\t0\t0\t+1\t00FFFFFF\t0\t0\t0",
            "Metric `+1` is not a number from 0 to 4294967295"
        ),
        ("eth0\t0064A8C0\t00000000\t0001\t0\t0\t4294967296\t00FFFFFF\t0\t0\t0", "Metric `4294967296` is not a number"),
        (
            "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FF00FF\t0\t0\t0",
            "Mask `00FF00FF` is not a number of ones followed"
        ),
        (
            "eth0\t0164A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "Destination `0164A8C0` has bits outside its Mask"
        ),
        ("eth0\t0064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0", "11 columns expected, 10 found"),
        ("eth0\t0064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\t0", "11 columns expected, 12 found"),
        (
            "sixteencharsname\t0064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0",
            "Iface `sixteencharsname` is not a name"
        ),
        ("../eth0\t0064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0", "Iface `../eth0` is not a name"),
        ("  \n", "11 columns expected, 0 found"),
        ("\n", "11 columns expected, 0 found"),
    ])
    func `a wrong row is an error that names the line`(row: String, reason: String) throws {
        let error = #expect(throws: TableError.self) { try RouteTable.parse(table(row)) }
        #expect(error?.description.hasPrefix("line 2: " + reason) == true, "\(error?.description ?? "")")
    }

    @Test func `one wrong row refuses the whole table`() throws {
        let good = "eth0\t0064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        let error = #expect(throws: TableError.self) { try RouteTable.parse(table(good + good + "eth0\n" + good)) }
        #expect(error == .malformed(line: 4, reason: "11 columns expected, 1 found"))
    }

    @Test(arguments: [
        "Inter-|   Receive\n", "Iface\tDestination\tGateway\n",
        "eth0\t0064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n",
        "Iface\tGateway\tDestination\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n", "\n", "\0",
    ])
    func `a file with another header is no route table`(text: String) {
        let error = #expect(throws: TableError.self) { try RouteTable.parse(Array(text.utf8)) }
        #expect(error?.description.hasPrefix("line 1: Header `") == true)
    }

    @Test func `an error stays one short line whatever the file holds`() {
        let noise = [UInt8](repeating: 0x1B, count: 500) + [UInt8(ascii: "\n")]
        let error = #expect(throws: TableError.self) { try RouteTable.parse(noise) }
        #expect(error?.description.utf8.allSatisfy { (0x20...0x7E).contains($0) } == true)
        #expect((error?.description.count ?? .max) < 300)
    }

    @Test func `a name that is not UTF-8 is refused, not repaired`() {
        let row = Array("\t0064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n".utf8)
        let error = #expect(throws: TableError.self) { try RouteTable.parse(Array(header.utf8) + [0x65, 0xFF] + row) }
        #expect(error?.description.hasPrefix("line 2: Iface `e\\xff` is not a name") == true)
    }

    @Test func `a table of 1 MiB is read and one more byte is not`() throws {
        let row = "eth0\t0064A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"
        let padded = row + String(repeating: " ", count: 127 - row.utf8.count) + "\n"
        let first = header.dropLast() + String(repeating: " ", count: 128 - header.utf8.count) + "\n"
        let full = Array((first + String(repeating: padded, count: 8191)).utf8)
        #expect(full.count == RouteTable.maximumSize)
        #expect(try RouteTable.parse(full).count == 8191)
        #expect(throws: TableError.tooLarge(maximum: 1 << 20)) { try RouteTable.parse(full + [0x20]) }
    }
}
