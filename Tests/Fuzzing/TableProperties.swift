import Addresses
import HostNetwork

/// What the two files of the kernel say does not depend on how they are cut or padded, and what follows from them fits
/// together.
///
/// The routing table comes first, then a NUL, then the addresses.
enum TableProperties {
    static func check(_ input: [UInt8]) {
        let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        let routes = checkRoutes(parts[0])
        let addresses = checkAddresses(parts.count > 1 ? parts[1] : [])
        guard let routes, let addresses else { return }
        checkNetworks(routes, addresses)
    }

    private static func checkRoutes(_ file: [UInt8]) -> [Route]? {
        do throws(TableError) {
            let routes = try RouteTable.parse(file)
            checkCuts(file, routes)
            return routes
        } catch {
            checkMessage(error)
            return nil
        }
    }

    /// A table cut between two lines is two tables, and padding says nothing.
    private static func checkCuts(_ file: [UInt8], _ routes: [Route]) {
        let lines = file.split(separator: newline, omittingEmptySubsequences: false)
        guard file.last == newline, let header = lines.first else { return }
        require(routes.count == lines.count - 2, "every line is a route")
        let half = 1 + routes.count / 2
        let first = Array(lines[..<half].joined(separator: [newline]))
        let second = Array(([header] + lines[half...]).joined(separator: [newline]))
        let cut = [first, second].map { try? RouteTable.parse($0) }
        require(cut[0].flatMap { first in cut[1].map { first + $0 } } == routes, "a cut loses no route")
        let padded = lines.dropLast().map { $0 + [blank, blank] }.joined(separator: [newline])
        require((try? RouteTable.parse(Array(padded))) == routes, "padding says nothing")
    }

    private static func checkAddresses(_ file: [UInt8]) -> Set<IPv4Address>? {
        do throws(TableError) {
            let addresses = try LocalAddresses.parse(file)
            let twice = file + (file.last == newline || file.isEmpty ? [] : [newline]) + file
            require((try? LocalAddresses.parse(twice)) == addresses, "what is said twice is said once")
            return addresses
        } catch {
            checkMessage(error)
            return nil
        }
    }

    private static func checkNetworks(_ routes: [Route], _ addresses: Set<IPv4Address>) {
        do throws(AttachmentError) {
            let networks = try HostNetworks.attached(routes: routes, localAddresses: addresses)
            require(!networks.isEmpty, "no network is an error")
            require(Set(networks.map(\.interface)).count == networks.count, "an interface has one network")
            for network in networks {
                require(addresses.contains(network.address), "the address is the host's own")
                require(network.gateway.map(network.network.contains) == true, "the gateway is in the network")
                require(network.gateway != network.address, "the host is not its own gateway")
                let named = try? HostNetworks.attached(
                    routes: routes, localAddresses: addresses, interfaces: [network.interface])
                require(named == [network], "to name an interface changes nothing about it")
            }
        } catch {
            require(!error.description.utf8.contains(newline), "an error is one line")
        }
    }

    private static func checkMessage(_ error: TableError) {
        let text = error.description.utf8
        require(text.count < 300 && text.allSatisfy { (0x20...0x7E).contains($0) }, "an error is one short line")
    }

    private static let newline = UInt8(ascii: "\n")
    private static let blank = UInt8(ascii: " ")
}
