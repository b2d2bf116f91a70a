internal import Addresses

extension DHCPFlow {
    /// A value in a frame that is known, and that can be compared with the right side of an expression.
    enum Value {
        /// A number, such as a port.
        case number(Int)
        /// A value that nft prints by its name, or by its number if it has no name.
        case name(String, number: Int)
        /// An address.
        case address(IPv4Address)
        /// The name of an interface.
        case interface(String)

        /// Whether the right side is this value, or contains it.
        func isIn(_ right: JSONValue) -> Likelihood {
            if let (name, content) = right.single {
                switch name {
                case "set": return content.elements.map { isIn($0) }.max() ?? .never
                case "elem": return content["val"].map { isIn($0) } ?? .possible
                case "range": return isBetween(content.elements)
                case "prefix": return isIn(network: content)
                default: return .possible
                }
            }
            switch (self, right) {
            case (.number(let own), .number(let other)): return Likelihood(own == other)
            case (.name(_, let own), .number(let other)): return Likelihood(own == other)
            // @ begins the name of a set, whose elements are not known here.
            case (_, .text(let other)) where other.hasPrefix("@"): return .possible
            case (.name(let own, _), .text(let other)): return Likelihood(own == other)
            case (.address(let own), .text(let other)):
                return IPv4Address(other).map { Likelihood(own == $0) } ?? .possible
            case (.interface(let own), .text(let other)):
                return Likelihood(other.hasSuffix("*") ? own.hasPrefix(other.dropLast()) : own == other)
            default: return .possible
            }
        }

        func compares(_ operation: String, _ right: JSONValue) -> Likelihood {
            guard case .number(let own) = self, let other = right.number else { return .possible }
            return switch operation {
            case "<": Likelihood(own < other)
            case "<=": Likelihood(own <= other)
            case ">": Likelihood(own > other)
            default: Likelihood(own >= other)
            }
        }

        private func isBetween(_ bounds: [JSONValue]) -> Likelihood {
            guard bounds.count == 2 else { return .possible }
            switch self {
            case .number(let own):
                guard let low = bounds[0].number, let high = bounds[1].number else { return .possible }
                return Likelihood(low <= own && own <= high)
            case .address(let own):
                guard let low = bounds[0].text.flatMap(IPv4Address.init),
                    let high = bounds[1].text.flatMap(IPv4Address.init)
                else { return .possible }
                return Likelihood(low <= own && own <= high)
            default: return .possible
            }
        }

        private func isIn(network prefix: JSONValue) -> Likelihood {
            guard case .address(let own) = self, let address = prefix["addr"]?.text.flatMap(IPv4Address.init),
                let length = prefix["len"]?.number.flatMap(UInt8.init(exactly:)),
                let network = IPv4Network(containing: address, prefixLength: length)
            else { return .possible }
            return Likelihood(network.contains(own))
        }
    }
}
