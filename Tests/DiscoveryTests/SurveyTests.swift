import Addresses
import Diagnostics
import Foundation
import HostTables
import Testing

@testable import discovery

@Suite("What the two files tell")
struct SurveyTests {
    private let files = TableFiles(routes: "/host/route")

    private func tables(_ fixture: String) throws -> Tables {
        Tables(
            routes: [UInt8](try Fixture.bytes("\(fixture).route")),
            addresses: [UInt8](try Fixture.bytes("\(fixture).fib_trie")))
    }

    private func survey(_ names: String...) throws -> Survey {
        Survey(files: files, interfaces: try names.map { try #require(InterfaceName($0)) })
    }

    @Test func `addresses are looked for beside the routes`() {
        #expect(TableFiles(routes: "/proc/1/net/route").addresses == "/proc/1/net/fib_trie")
        #expect(TableFiles(routes: "route").addresses == "fib_trie")
        #expect(TableFiles(routes: "/a/route", addresses: "/b/trie").addresses == "/b/trie")
    }

    @Test func `files are read until two readings in a row are equal`() throws {
        var readings = [(1, 1), (2, 1), (2, 2), (1, 1), (3, 3), (3, 3), (4, 4)].makeIterator()
        let tables = try files.settled {
            let (routes, addresses) = readings.next() ?? (0, 0)
            return Tables(routes: [UInt8(routes)], addresses: [UInt8(addresses)])
        }
        #expect(tables == Tables(routes: [3], addresses: [3]))
        #expect(readings.next()?.0 == 4)
    }

    @Test(arguments: [true, false])
    func `a file that keeps changing is named`(isRoutes: Bool) {
        var count: UInt8 = 0
        let failure = #expect(throws: Failure.self) {
            try files.settled {
                count += 1
                return Tables(routes: isRoutes ? [count] : [], addresses: isRoutes ? [] : [count])
            }
        }
        #expect(Int(count) == TableFiles.readings)
        #expect(failure?.status == .unavailable)
        #expect(failure?.message.hasPrefix("/host/\(isRoutes ? "route" : "fib_trie"): keeps changing") == true)
    }

    @Test func `a network that is there is found with and without watching`() throws {
        let tables = try tables("several")
        let networks = try survey("ens1.20", "ens1").networks(in: tables)
        #expect(networks.map(\.interface.description) == ["ens1.20", "ens1"])
        let observation = try survey("ens1.20", "ens1", "ens1").observation(in: tables)
        #expect(observation == .networks(networks, absences: [:]))
    }

    @Test func `watching, an interface that is gone takes no other with it`() throws {
        let tables = try tables("several")
        let eth7 = try #require(InterfaceName("eth7"))
        let survey = try survey("eth7", "ens1")
        let failure = #expect(throws: Failure.self) { try survey.networks(in: tables) }
        let reason = try #require(failure?.message)
        #expect(reason.hasPrefix("/host/route: interface eth7 has no route"))
        let networks = try self.survey("ens1").networks(in: tables)
        #expect(try survey.observation(in: tables) == .networks(networks, absences: [.interface(eth7): reason]))
    }

    @Test func `an interface without an address is told beside one that has one`() throws {
        let files = try tables("several")
        let eth7 = try #require(InterfaceName("eth7"))
        let tables = Tables(routes: files.routes, addresses: files.addresses, interfaces: [eth7])
        let networks = try survey("eth7", "ens1").networks(in: tables)
        #expect(networks.map(\.description) == ["eth7 without an address", "ens1 192.168.50.2/24 via 192.168.50.254"])
        #expect(try survey("eth7", "ens1").observation(in: tables) == .networks(networks, absences: [:]))
        let null = #"{"interface":"eth7","address":null,"prefixLength":null,"network":null,"gateway":null}"#
        #expect(Format.json.text(of: [networks[0]]) == "[\(null)]\n")
    }

    @Test func `watching, a host without a network is an observation`() throws {
        let loopback = try tables("loopback")
        let failure = #expect(throws: Failure.self) { try survey().networks(in: loopback) }
        let reason = try #require(failure?.message)
        #expect(try survey().observation(in: loopback) == .networks([], absences: [.noNetwork: reason]))
        let eth7 = try #require(InterfaceName("eth7"))
        guard case .networks(let networks, let absences) = try survey("eth7").observation(in: loopback) else {
            Issue.record("nothing was found")
            return
        }
        #expect(networks.isEmpty)
        #expect(absences.keys.sorted() == [.interface(eth7), .noNetwork])
    }

    @Test func `watching, two interfaces in one network take nothing back`() throws {
        let tables = try tables("same-lan")
        let failure = #expect(throws: Failure.self) { try survey().networks(in: tables) }
        let reason = try #require(failure?.message)
        #expect(reason.hasPrefix("/host/route: interfaces eth0 and wlan0"))
        #expect(try survey().observation(in: tables) == .unknown(reason))
        #expect(try survey("eth0").observation(in: tables) == .unknown(reason))
    }

    @Test func `a torn file is named, with the line`() throws {
        let whole = try tables("paper-file-3")
        let torn = Tables(routes: whole.routes, addresses: whole.addresses.dropLast(40))
        let failure = #expect(throws: Failure.self) { try survey().observation(in: torn) }
        #expect(failure?.message.hasPrefix("/host/fib_trie: line ") == true)
    }

    @Test func `any name the kernel allows is a string in JSON`() throws {
        struct Network: Decodable { let interface: String }
        let name = "a\"b\\c\u{1}\u{1F}é"
        let network = AttachedNetwork(
            interface: try #require(InterfaceName(name)), address: IPv4Address(10, 0, 0, 1), prefixLength: 8,
            gateway: nil)
        let json = Format.json.text(of: [try #require(network)])
        #expect(try JSONDecoder().decode([Network].self, from: Data(json.utf8)).map(\.interface) == [name])
    }

    @Test func `no network is an empty array in JSON, and no line`() {
        #expect(Format.json.text(of: []) == "[]\n")
        #expect(Format.text.text(of: []).isEmpty)
    }
}
