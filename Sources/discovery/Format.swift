internal import Addresses
internal import Component

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
