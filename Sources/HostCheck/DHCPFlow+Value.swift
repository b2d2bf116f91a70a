internal import Addresses

extension DHCPFlow {
    /// A part of a frame that is known, to be compared with the right side of an expression.
    enum Value {
        /// A port and the like.
        case number(Int)
        /// Something that nft prints by name, or by number where it has none.
        case name(String, number: Int)
        /// An address.
        case address(IPv4Address)
        /// The name of an interface.
        case interface(String)

        /// Whether it is the value on the right side, or one of those there.
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
            // What stands behind @ is a set with a name of its own.
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
