internal import Messages
internal import PrintableText
internal import Service

/// What the components say about themselves, for people and for programs.
struct StatusReport: Sendable {
    /// Those that can be asked.
    static let components: [ComponentName] = [.netnsAgent, .relay, .recorder]

    /// What each one answered.
    var answers: [ComponentName: StatusAnswer] = [:]

    /// Whether all answered and the server is ready.
    var isReady: Bool {
        guard answers[.netnsAgent]?.isReady == true else { return false }
        return Self.components.allSatisfy { if case .status = answers[$0] { true } else { false } }
    }

    /// A section for each component, the values of all below each other.
    var text: String {
        let sections = shown.map { ($0, fields(of: $0)) }
        let width = sections.flatMap(\.1).map(\.name.count).max() ?? 0
        return sections.map { component, fields in
            ([component.description] + fields.map { "  \($0.name.padded(to: width))  \($0.words)" })
                .map { String(printable: $0) }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// An object with an object for each component: the names and their values.
    var json: String {
        let sections = shown.map { component in
            let members = fields(of: component).map { "    \(JSONText.quoted($0.name)): \($0.json)" }
            return "  \(JSONText.quoted("\(component)")): {\n\(members.joined(separator: ",\n"))\n  }"
        }
        return "{\n\(sections.joined(separator: ",\n"))\n}"
    }

    /// Those that are to be there, and proxy, which is there where there is a door.
    private var shown: [ComponentName] {
        guard case .status(let agent) = answers[.netnsAgent], agent["proxy"] != nil else { return Self.components }
        return Self.components + [.proxy]
    }

    private func fields(of component: ComponentName) -> [Status.Field] {
        switch answers[component] {
        case .status(let status): status.fields
        case .notRunning: [Status.Field("state", "not running")]
        case .silence, nil: [Status.Field("state", "does not answer")]
        }
    }
}

extension Status.Field {
    /// What of a component is never a number, whatever somebody has called a server or an interface.
    private static let texts: Set<String> = [
        "version", "state", "uplink", "server", "networks", "discovery", "relay", "recorder", "database",
        "database-state", "channels", "links", "serving", "standby",
    ]

    /// The value as JSON: a number where it is one.
    fileprivate var json: String {
        guard !Self.texts.contains(name), !name.hasPrefix("network-") else { return JSONText.quoted(value) }
        if value == "-" { return "null" }
        let isNumber =
            value.allSatisfy { "-.0123456789".contains($0) }
            && (Int64(value).map { "\($0)" == value } ?? Double(value).map { "\($0)" == value } ?? false)
        return isNumber ? value : JSONText.quoted(value)
    }

    /// The value for people.
    fileprivate var words: String {
        guard name == "uptime-seconds", let seconds = Int64(value) else { return value }
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
        ]
        let spoken = parts.drop { $0.0 == 0 }.map { "\($0.0) \($0.1)" }
        return "\(value)\(spoken.count > 1 ? " (\(spoken.joined(separator: " ")))" : "")"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: width - count)
    }
}
