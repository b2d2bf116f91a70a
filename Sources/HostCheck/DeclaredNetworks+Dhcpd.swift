internal import Addresses

/// ISC dhcpd's: `subnet 192.0.2.0 netmask 255.255.255.0 { ... }` (dhcpd.conf(5)).
extension DeclaredNetworks {
    mutating func readDhcpd(_ arguments: [String], _ files: Files) {
        var path = "/etc/dhcp/dhcpd.conf"
        for (word, next) in zip(arguments, arguments.dropFirst()) where word == "-cf" { path = next }
        readDhcpd(file: path, files, depth: 0)
    }

    private mutating func readDhcpd(file path: String, _ files: Files, depth: Int) {
        guard let text = text(of: path, files, depth: depth) else { return }
        let words = Self.words(of: text)
        for (place, word) in words.enumerated() where place == 0 || [";", "{", "}"].contains(words[place - 1]) {
            let rest = words.dropFirst(place + 1).prefix(3).map(\.self)
            switch word.lowercased() {
            case "subnet":
                guard rest.count == 3, rest[1].lowercased() == "netmask", let address = IPv4Address(rest[0]),
                    let mask = IPv4Address(rest[2]), let network = IPv4Network(containing: address, mask: mask)
                else {
                    miss("'subnet \(rest.joined(separator: " "))' in \(path)")
                    continue
                }
                declare(.subnet(network, interface: nil))
            case "include":
                let file = rest.first?.filter { $0 != "\"" } ?? ""
                readDhcpd(file: file, files, depth: depth + 1)
            case "ldap-server": miss("\(path) names an LDAP server, which may hold more")
            default: break
            }
        }
    }

    /// The words, texts behind a quotation mark, and separators; comments are left out.
    private static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var (isText, isComment, isEscaped) = (false, false, false)
        func end() {
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        for character in text {
            if isComment {
                isComment = !character.isNewline
            } else if isText {
                if isEscaped || (character != "\"" && character != "\\") { word.append(character) }
                if character == "\"", !isEscaped { isText = false }
                isEscaped = character == "\\" && !isEscaped
            } else if character == "\"" {
                isText = true
                word.append(character)
            } else if character == "#" {
                isComment = true
            } else if character.isWhitespace {
                end()
            } else if "{};,".contains(character) {
                end()
                words.append(String(character))
            } else {
                word.append(character)
            }
        }
        end()
        return words
    }
}

extension IPv4Network {
    /// The network of this mask that contains `address`; nil if the mask has gaps.
    fileprivate init?(containing address: IPv4Address, mask: IPv4Address) {
        let ones = (~mask.rawValue).leadingZeroBitCount
        guard mask.rawValue.nonzeroBitCount == ones else { return nil }
        self.init(containing: address, prefixLength: UInt8(ones))
    }
}
