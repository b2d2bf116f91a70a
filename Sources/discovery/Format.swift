internal import Addresses

/// How networks are printed.
enum Format {
    /// A line for each network.
    case text
    /// One line with an array of objects.
    case json

    /// The networks, with the newline at the end.
    func text(of networks: [AttachedNetwork]) -> String {
        switch self {
        case .text: networks.map { "\($0)\n" }.joined()
        case .json: "[\(networks.map(\.json).joined(separator: ","))]\n"
        }
    }
}

extension AttachedNetwork {
    /// An object with its members in the order that is documented, which `JSONEncoder` cannot promise.
    fileprivate var json: String {
        let gateway = gateway.map { Self.quoted("\($0)") } ?? "null"
        return """
            {"interface":\(Self.quoted("\(interface)")),"address":"\(address)","prefixLength":\(network.prefixLength),\
            "network":"\(network)","gateway":\(gateway)}
            """
    }

    /// A string as RFC 8259, section 7, has it: the kernel allows quotes and control characters in a name.
    private static func quoted(_ text: String) -> String {
        let characters = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\0"..."\u{1F}": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"\(characters.joined())\""
    }
}
