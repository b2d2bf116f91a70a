internal import Addresses

/// dnsmasq's: `dhcp-range=[tag:TAG,][set:TAG,]START,...`, on the command line and in its files (dnsmasq(8)).
extension DeclaredNetworks {
    mutating func readDnsmasq(_ arguments: [String], _ files: Files) {
        for value in arguments.values(of: ["--dhcp-range", "-F"]) { declare(range: value) }
        let named = arguments.values(of: ["--conf-file", "-C"])
        for file in named.isEmpty ? ["/etc/dnsmasq.conf"] : named { readDnsmasq(file: file, files, depth: 0) }
        for directory in arguments.values(of: ["--conf-dir", "-7"]) {
            readDnsmasq(directory: directory, files, depth: 0)
        }
    }

    private mutating func readDnsmasq(file path: String, _ files: Files, depth: Int) {
        guard let text = text(of: path, files, depth: depth) else { return }
        for line in text.split(whereSeparator: \.isNewline) {
            let sides = line.prefix { $0 != "#" }.split(separator: "=", maxSplits: 1)
                .map { $0.filter { !$0.isWhitespace } }
            guard sides.count == 2 else { continue }
            switch sides[0] {
            case "dhcp-range": declare(range: sides[1])
            case "conf-file": readDnsmasq(file: sides[1], files, depth: depth + 1)
            case "conf-dir": readDnsmasq(directory: sides[1], files, depth: depth + 1)
            default: break
            }
        }
    }

    /// `DIRECTORY[,SUFFIX...]`: files with these suffixes are left out; with `*SUFFIX` only those are read.
    private mutating func readDnsmasq(directory value: String, _ files: Files, depth: Int) {
        let parts = value.split(separator: ",").map(String.init)
        guard let directory = parts.first else { return }
        guard let names = files.names(directory) else { return miss("\(directory) cannot be read") }
        let wanted = parts.dropFirst().filter { $0.hasPrefix("*") }.map { $0.dropFirst() }
        let unwanted = parts.dropFirst().filter { !$0.hasPrefix("*") }
        for name in names.sorted() {
            guard !name.hasPrefix("."), !name.hasSuffix("~"), !(name.hasPrefix("#") && name.hasSuffix("#")),
                !unwanted.contains(where: name.hasSuffix), wanted.isEmpty || wanted.contains(where: name.hasSuffix)
            else { continue }
            readDnsmasq(file: "\(directory)/\(name)", files, depth: depth + 1)
        }
    }

    private mutating func declare(range value: String) {
        let parts = value.split(separator: ",").drop { part in
            ["tag:", "set:", "net:", "interface:"].contains { part.hasPrefix($0) }
        }
        guard let start = parts.first else { return miss("'dhcp-range=\(value)'") }
        if let address = IPv4Address(String(start)) {
            declare(.range(from: address))
        } else if !start.contains(":") {
            miss("'dhcp-range=\(value)'")
        }
    }
}
