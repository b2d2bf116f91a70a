internal import Addresses
internal import HostTables
internal import PrintableText

/// The format in which networks are printed.
enum Format {
    /// One line for each network.
    case text
    /// One line with an array of objects.
    case json

    /// Formats the networks, with a newline at the end.
    func text(of networks: [AttachedNetwork]) -> String {
        switch self {
        case .text: networks.map { String(printable: "\($0)") + "\n" }.joined()
        case .json: "[\(networks.map(\.json).joined(separator: ","))]\n"
        }
    }
}
