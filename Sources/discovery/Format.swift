internal import Addresses
internal import Component
internal import PrintableText

/// How networks are printed.
enum Format {
    /// A line for each network.
    case text
    /// One line with an array of objects.
    case json

    /// The networks, with the newline at the end.
    func text(of networks: [AttachedNetwork]) -> String {
        switch self {
        case .text: networks.map { String(printable: "\($0)") + "\n" }.joined()
        case .json: "[\(networks.map(\.json).joined(separator: ","))]\n"
        }
    }
}
