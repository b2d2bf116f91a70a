import Addresses
import FoundationEssentials
import Glibc

/// What a server has in its file of one address.
struct Holding: Codable, Hashable, Sendable {
    /// Kind and bytes of the hardware address, and the client identifier, in hexadecimal; "-" where there is none.
    var holder: String
    /// In seconds since the Unix epoch; nothing if never.
    var expiresAt: Int64?
}

/// The servers, by their lease files.
enum ServerKind: String, CaseIterable, Sendable {
    case dhcpd, kea, dnsmasq

    /// Kea does not keep the kind of hardware address.
    var keepsHardwareType: Bool { self != .kea }
}

/// A lease file that is read while its server writes it: what was appended is read alone.
struct LeaseFile {
    private let path: String
    private let kind: ServerKind
    private var place: Int = 0
    private var inode: UInt64 = 0
    private var rest: Substring = ""
    private(set) var leases: [IPv4Address: Holding] = [:]

    init(_ kind: ServerKind, at path: String) {
        (self.kind, self.path) = (kind, path)
    }

    /// Reads what is new.
    mutating func refresh() throws {
        let descriptor = unsafe open(path, O_RDONLY)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw AgreementFailure("cannot read \(path)") }
        // dnsmasq writes all of it again in the same file; the others append, or begin another one.
        if status.st_ino != inode || kind == .dnsmasq {
            (place, rest, leases, inode) = (0, "", [:], UInt64(status.st_ino))
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe pread(descriptor, $0.baseAddress, $0.count, off_t(place))
            }
            guard count > 0 else { break }
            place += count
            bytes += buffer[..<count]
        }
        rest += String(decoding: bytes, as: UTF8.self)
        take()
    }

    private mutating func take() {
        switch kind {
        case .dhcpd:
            while let end = rest.firstRange(of: "\n}\n") {
                takeBlock(rest[..<end.lowerBound])
                rest = rest[end.upperBound...]
            }
        case .kea, .dnsmasq:
            while let end = rest.firstIndex(of: "\n") {
                kind == .kea ? takeRow(rest[..<end]) : takeLine(rest[..<end])
                rest = rest[rest.index(after: end)...]
            }
        }
    }

    // lease 192.168.50.30 { ... binding state active; ... hardware ethernet 02:...; uid "..."; }
    private mutating func takeBlock(_ block: Substring) {
        let lines = block.split(separator: "\n").map { $0.drop { $0 == " " } }
        guard let start = lines.firstIndex(where: { $0.hasPrefix("lease ") }),
            let address = IPv4Address(String(lines[start].split(separator: " ")[1]))
        else { return }
        func value(_ name: String) -> Substring? {
            lines.first { $0.hasPrefix(name + " ") }.map { $0.dropFirst(name.count + 1).prefix { $0 != ";" } }
        }
        guard value("binding state") == "active" else { return leases[address] = nil }
        let hardware = (value("hardware") ?? "").split(separator: " ")
        let types: [Substring: Int] = ["ethernet": 1, "token-ring": 6]
        let type = hardware.first.flatMap { types[$0] }.map(String.init) ?? "-"
        let uid = lines.first { $0.hasPrefix("uid ") }.map { Self.identifier($0.dropFirst(4)) } ?? "-"
        // Its clock ends in 2038, and it says never of that.
        let ends = value("ends").flatMap { $0.hasPrefix("epoch ") ? Int64($0.dropFirst(6)) : nil }
        leases[address] = Holding(
            holder: "\(type) \(Self.mac(hardware.count > 1 ? hardware[1] : "")) \(uid)", expiresAt: ends)
    }

    /// "\001\002ab", or 1:2:61.
    private static func identifier(_ text: Substring) -> String {
        guard text.first == "\"" else { return mac(text.prefix { $0 != ";" }) }
        var bytes: [UInt8] = []
        var characters = Array(text.dropFirst().utf8)[...]
        while let next = characters.popFirst(), next != UInt8(ascii: "\"") {
            guard next == UInt8(ascii: "\\") else { bytes.append(next); continue }
            let digits = characters.prefix(3)
            if digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }) {
                bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 48) })
                characters = characters.dropFirst(3)
            } else if let escaped = characters.popFirst() {
                bytes.append(escaped)
            }
        }
        return Self.text(bytes)
    }

    // address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context
    private mutating func takeRow(_ row: Substring) {
        let fields = row.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count > 9, let address = IPv4Address(String(fields[0])), let lifetime = Int64(fields[3]),
            let expires = Int64(fields[4])
        else { return }
        guard lifetime != 0, fields[9] == "0" else { return leases[address] = nil }
        leases[address] = Holding(
            holder: "- \(Self.mac(fields[1])) \(fields[2].isEmpty ? "-" : Self.mac(fields[2]))",
            expiresAt: lifetime == UInt32.max ? nil : expires)
    }

    // 1700000000 06-02:00:5e:30:00:01 192.168.50.30 host-1 ff:00:00:01
    private mutating func takeLine(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count == 5, let expires = Int64(fields[0]), let address = IPv4Address(String(fields[2])) else {
            return
        }
        let hardware = fields[1].split(separator: "-")
        let type = hardware.count == 2 ? Int(hardware[0], radix: 16) ?? 0 : 1
        leases[address] = Holding(
            holder: "\(type) \(Self.mac(hardware.last ?? "")) \(fields[4] == "*" ? "-" : Self.mac(fields[4]))",
            expiresAt: expires == 0 ? nil : expires)
    }

    /// The same bytes with two digits each.
    private static func mac(_ text: Substring) -> String {
        Self.text(text.split(separator: ":").map { UInt8($0, radix: 16) ?? 0 })
    }

    static func text(_ bytes: [UInt8]) -> String {
        bytes.isEmpty ? "-" : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
