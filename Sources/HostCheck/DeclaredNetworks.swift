public import Addresses

/// Where a server's configuration says that clients get addresses, as far as it can be read here.
///
/// It is not the server's own reading: what is not understood is a gap, and never a guess.
public struct DeclaredNetworks: Hashable, Sendable {
    /// One declaration.
    public enum Declaration: Hashable, Sendable {
        /// Clients in this network; of Kea also whoever is heard by this interface.
        case subnet(IPv4Network, interface: String?)
        /// Clients in the network of the interface that has this address in it.
        case range(from: IPv4Address)
    }

    /// The files of a configuration.
    public struct Files {
        /// The text of a file; nil if it cannot be read.
        public let text: (String) -> String?
        /// The names of the files in a directory; nil if it cannot be read.
        public let names: (String) -> [String]?

        /// Makes the files of these functions.
        public init(text: @escaping (String) -> String?, names: @escaping (String) -> [String]?) {
            self.text = text
            self.names = names
        }
    }

    /// The declarations, in their order.
    public private(set) var declarations: [Declaration] = []
    /// What could not be read, or may declare more; empty where the declarations are all there are.
    public private(set) var gaps: [String] = []

    /// More files than that in one another are taken for a circle.
    static let deepest = 16

    /// Reads the configuration of a server that is started by this command line.
    public init(of check: ConfigurationCheck, in files: Files) {
        switch check.server {
        case .dhcpd: readDhcpd(check.arguments, files)
        case .kea: readKea(check.arguments, files)
        case .dnsmasq: readDnsmasq(check.arguments, files)
        }
    }

    mutating func declare(_ declaration: Declaration) {
        if !declarations.contains(declaration) { declarations.append(declaration) }
    }

    mutating func miss(_ gap: String) {
        if !gaps.contains(gap) { gaps.append(gap) }
    }

    /// The text of a file, with a gap where there is none.
    mutating func text(of path: String, _ files: Files, depth: Int) -> String? {
        guard depth < Self.deepest else {
            miss("\(path) is included in itself")
            return nil
        }
        guard let text = files.text(path) else {
            miss("\(path) cannot be read")
            return nil
        }
        return text
    }
}

extension DeclaredNetworks.Declaration: CustomStringConvertible {
    /// As a configuration has it: `192.0.2.0/24`, or `from 192.0.2.10`.
    public var description: String {
        switch self {
        case .subnet(let network, _): "\(network)"
        case .range(let address): "from \(address)"
        }
    }
}

extension Sequence where Element == String {
    /// The value of the last of a program's options with one of these names, behind it or as the next word.
    func lastValue(of names: String...) -> String? { values(of: names).last }

    /// The values of all of a program's options with one of these names: `--name=value`, `--name value`, `-nvalue`, `-n value`.
    func values(of names: [String]) -> [String] {
        var values: [String] = []
        var isNext = false
        for word in self {
            if isNext {
                values.append(word)
                isNext = false
            } else if names.contains(word) {
                isNext = true
            } else if let name = names.first(where: { word.hasPrefix($0.hasPrefix("--") ? "\($0)=" : $0) }) {
                values.append(String(word.dropFirst(name.hasPrefix("--") ? name.count + 1 : name.count)))
            }
        }
        return values
    }
}
