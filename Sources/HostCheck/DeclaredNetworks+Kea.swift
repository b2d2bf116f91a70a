internal import Addresses

/// Kea's: `"subnet4": [ { "subnet": "192.0.2.0/24" } ]`, in JSON with comments and `<?include "FILE"?>`.
extension DeclaredNetworks {
    mutating func readKea(_ arguments: [String], _ files: Files) {
        guard let path = arguments.lastValue(of: "-c") else { return miss("no file is named (-c)") }
        let text = plainJSON(file: path, files, depth: 0)
        guard let server = JSONValue(Array(text.utf8))?["Dhcp4"] else {
            return miss("\(path) is not the JSON that is known here")
        }
        if server["config-control"] != nil { miss("a database (config-control) may hold more") }
        let shared = server["shared-networks"]?.elements ?? []
        for scope in [server] + shared {
            for subnet in scope["subnet4"]?.elements ?? [] {
                guard let words = subnet["subnet"]?.text, let network = IPv4Network(words: words) else {
                    miss("a subnet4 in \(path)")
                    continue
                }
                declare(.subnet(network, interface: (subnet["interface"] ?? scope["interface"])?.text))
            }
        }
    }

    /// What a file says as RFC 8259 has it: without comments and commas that nothing follows, and with what it includes.
    private mutating func plainJSON(file path: String, _ files: Files, depth: Int) -> String {
        guard let text = text(of: path, files, depth: depth) else { return "" }
        var plain = ""
        var rest = text[...]
        while let character = rest.first {
            if character == "\"" {
                plain += Self.takeText(from: &rest)
            } else if rest.hasPrefix("#") || rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                rest = Self.behind("*/", in: rest)
            } else if rest.hasPrefix("<?include") {
                let file = rest.drop { $0 != "\"" }.dropFirst().prefix { $0 != "\"" }
                plain += plainJSON(file: String(file), files, depth: depth + 1)
                rest = Self.behind("?>", in: rest)
            } else {
                if "]}".contains(character) { Self.dropComma(of: &plain) }
                plain.append(character)
                rest.removeFirst()
            }
        }
        return plain
    }

    /// A text with its quotation marks.
    private static func takeText(from rest: inout Substring) -> String {
        var text = String(rest.removeFirst())
        var isEscaped = false
        while let character = rest.popFirst() {
            text.append(character)
            if character == "\"", !isEscaped { break }
            isEscaped = character == "\\" && !isEscaped
        }
        return text
    }

    private static func behind(_ end: String, in rest: Substring) -> Substring {
        var rest = rest
        while !rest.isEmpty, !rest.hasPrefix(end) { rest.removeFirst() }
        return rest.dropFirst(end.count)
    }

    private static func dropComma(of plain: inout String) {
        while plain.last?.isWhitespace == true { plain.removeLast() }
        if plain.last == "," { plain.removeLast() }
    }
}

extension IPv4Network {
    /// A network in words such as `192.0.2.0/24`; nil if they are something else.
    fileprivate init?(words: String) {
        let parts = words.split(separator: "/")
        guard parts.count == 2, let address = IPv4Address(String(parts[0])), let length = UInt8(parts[1]) else {
            return nil
        }
        self.init(containing: address, prefixLength: length)
    }
}
