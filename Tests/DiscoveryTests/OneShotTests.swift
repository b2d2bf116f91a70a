import Addresses
import Foundation
import Kernel
import Messages
import Testing

@Suite("discovery, once", .timeLimit(.minutes(1)))
struct OneShotTests {
    @Test func `a line tells each network`() throws {
        let host = try Host("several")
        let result = try Run(of: ["--routes", host.routes])
        let lines = ["ens2 10.20.0.9/16 via 10.20.0.1", "ens1 192.168.50.2/24 via 192.168.50.254"]
        #expect(result == Run(.status(0), output: lines))
    }

    @Test func `the paper's File 3 gives its one network in JSON, the members in order`() throws {
        let host = try Host("paper-file-3")
        let result = try Run(of: ["--routes", host.routes, "--json"])
        let expected = """
            [{"interface":"ens34","address":"192.168.100.102","prefixLength":24,"network":"192.168.100.0/24",\
            "gateway":"192.168.100.1"}]
            """
        #expect(result == Run(.status(0), output: [expected]))
    }

    @Test func `an interface without a gateway has null in JSON`() throws {
        struct Network: Decodable, Equatable {
            let interface: String, address: String, prefixLength: Int, network: String, gateway: String?
        }
        let host = try Host("paper-file-3")
        let result = try Run(of: ["--routes", host.routes, "--json", "--interface", "docker0"])
        let json = try #require(result.output.first)
        #expect(json.hasSuffix("\"gateway\":null}]"))
        #expect(
            try JSONDecoder().decode([Network].self, from: Data(json.utf8)) == [
                Network(
                    interface: "docker0", address: "172.17.0.1", prefixLength: 16, network: "172.17.0.0/16",
                    gateway: nil)
            ])
    }

    @Test func `options come from the environment, and the command line goes first`() throws {
        let host = try Host("several")
        let environment = ["MIDDLE_SOCK_ROUTES=\(host.routes)", "MIDDLE_SOCK_INTERFACE=ens1.20,ens1"]
        #expect(
            try Run(of: [], environment: environment).output == [
                "ens1.20 192.168.20.2/24", "ens1 192.168.50.2/24 via 192.168.50.254",
            ])
        #expect(
            try Run(of: ["--interface", "ens2"], environment: environment).output == [
                "ens2 10.20.0.9/16 via 10.20.0.1"
            ])
    }

    @Test func `the addresses are read from the file that is named`() throws {
        let host = try Host("paper-file-3")
        let other = try Host("loopback")
        let addresses = other.routes.replacing("/route", with: "/fib_trie")
        let result = try Run(of: ["--routes", host.routes, "--addresses", addresses])
        #expect(result.exit == .status(69))
        #expect(result.errors.count == 1)
        #expect(result.errors[0].contains("interface ens34 has no address in 192.168.100.0/24"))
    }

    @Test func `a missing file is named`() throws {
        let host = try Host("paper-file-3")
        try host.vanish()
        let expected = "discovery: \(host.routes): open: No such file or directory; name the file to read with --routes"
        #expect(try Run(of: ["--routes", host.routes]) == Run(.status(69), errors: [expected]))
    }

    @Test func `what is wrong in a file is told with its line`() throws {
        let host = try Host("paper-file-3")
        try host.write(routes: String(decoding: Fixture.bytes("paper-file-3.route"), as: UTF8.self) + "ens34\t00")
        let expected = "discovery: \(host.routes): line 8: 11 columns expected, 2 found"
        #expect(try Run(of: ["--routes", host.routes]) == Run(.status(69), errors: [expected]))
    }

    @Test func `a file that never ends is too large`() throws {
        let expected = "discovery: /dev/zero: more than 1048576 bytes, which is no table to start a server from"
        let result = try Run(of: ["--routes", "/dev/zero", "--addresses", "/dev/null"])
        #expect(result == Run(.status(69), errors: [expected]))
    }

    @Test(arguments: [[], ["--watch"], ["--interface", "lo"]])
    func `a host without a network is an error`(arguments: [String]) throws {
        let host = try Host("loopback")
        let result = try Run(of: ["--routes", host.routes] + arguments)
        #expect(result.exit == .status(69))
        #expect(result.output.isEmpty && result.errors.count == 1)
        #expect(result.errors[0].hasPrefix("discovery: \(host.routes): "))
    }

    @Test(
        arguments: [
            ["--interface", "eth0/1"], ["--interface", "a name of many bytes"], ["--send-to", ""],
            ["--send-to", "/" + String(repeating: "x", count: 107)], ["--route", "/proc/net/route"], ["eth0"],
        ])
    func `wrong usage is one line`(arguments: [String]) throws {
        let result = try Run(of: arguments)
        #expect(result.exit == .status(64))
        #expect(result.output.isEmpty && result.errors.count == 1)
        #expect(result.errors[0].hasSuffix("; 'discovery --help' tells more"))
    }

    @Test func `the networks are sent, and printed only when asked`() throws {
        let host = try Host("several")
        let receiver = try MessageSocket(listeningAt: host.socket)
        let arguments = ["--routes", host.routes, "--send-to", host.socket]
        #expect(try Run(of: arguments) == Run(.status(0)))
        let networks = try receiver.nextNetworks()
        #expect(
            networks.networks.map(\.description) == [
                "ens2 10.20.0.9/16 via 10.20.0.1", "ens1 192.168.50.2/24 via 192.168.50.254",
            ])
        #expect((1..<10_000_000).contains(networks.elapsed))
        #expect(try Run(of: arguments + ["--json"]).output.count == 1)
        #expect(try receiver.nextNetworks().networks == networks.networks)
    }

    @Test func `sending to nobody, or to somebody who takes nothing, is an error`() throws {
        let host = try Host("paper-file-3")
        let arguments = ["--routes", host.routes, "--send-to", host.socket]
        let nobody = "discovery: nobody receives at \(host.socket): start the receiver first, or add --watch"
        #expect(try Run(of: arguments) == Run(.status(69), errors: [nobody]))
        let receiver = try MessageSocket(listeningAt: host.socket)
        while try MessageSocket().send([1], to: host.socket) {}
        let full = "discovery: no room at \(host.socket): the receiver takes no messages; try again"
        #expect(try Run(of: arguments) == Run(.status(69), errors: [full]))
        receiver.close()
        #expect(try Run(of: arguments) == Run(.status(69), errors: [nobody]))
    }

    @Test func `output that cannot be written is an error`() throws {
        let host = try Host("paper-file-3")
        let expected = "discovery: standard output: write: No space left on device"
        let result = try Run(of: ["--routes", host.routes], output: "/dev/full")
        #expect(result == Run(.status(69), errors: [expected]))
    }
}
