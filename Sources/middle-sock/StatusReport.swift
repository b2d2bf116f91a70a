internal import Component
internal import Messages
internal import PrintableText

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
        let sections = Self.components.map { ($0, fields(of: $0)) }
        let width = sections.flatMap(\.1).map(\.name.count).max() ?? 0
        return sections.map { component, fields in
            ([component.description] + fields.map { "  \($0.name.padded(to: width))  \($0.value)" })
                .map { String(printable: $0) }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }

    /// An object with an object for each component: names and values as text.
    var json: String {
        let sections = Self.components.map { component in
            let members = fields(of: component).map { "    \(JSONText.quoted($0.name)): \(JSONText.quoted($0.value))" }
            return "  \(JSONText.quoted("\(component)")): {\n\(members.joined(separator: ",\n"))\n  }"
        }
        return "{\n\(sections.joined(separator: ",\n"))\n}"
    }

    private func fields(of component: ComponentName) -> [Status.Field] {
        switch answers[component] {
        case .status(let status): status.fields
        case .notRunning: [Status.Field("state", "not running")]
        case .silence, nil: [Status.Field("state", "does not answer")]
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: width - count)
    }
}
