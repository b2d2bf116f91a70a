public import Addresses
internal import PrintableText

/// All findings, for people and for programs.
public struct CheckReport: Sendable {
    /// The findings, in the order in which things were checked.
    public var findings: [Finding] = []
    /// The networks that a start would serve.
    public var networks: [AttachedNetwork] = []

    /// Makes a report without findings.
    public init() {}

    /// Whether a start would succeed and serve clients.
    public var isReady: Bool { !findings.contains { $0.state == .problem } }

    /// One line for each finding, with the advice below it, and a summary as the last line.
    public var text: String {
        let width = findings.map(\.subject.count).max() ?? 0
        let lines = findings.flatMap { finding in
            let head = "\(finding.state.rawValue.padded(to: 9))  \(finding.subject.padded(to: width))  "
            let advice = finding.advice.map { String(repeating: " ", count: head.count) + "-> " + $0 }
            return [head + finding.text] + (advice.map { [$0] } ?? [])
        }
        return (lines + ["", conclusion]).map { String(printable: $0) }.joined(separator: "\n")
    }

    private var conclusion: String {
        let problems = findings.count { $0.state == .problem }
        let warnings = findings.count { $0.state == .warning }
        let looks = warnings == 0 ? "" : warnings == 1 ? "; look at the warning" : "; look at the \(warnings) warnings"
        switch problems {
        case 0: return "nothing is in the way" + looks
        case 1: return "one thing is in the way" + looks
        default: return "\(problems) things are in the way" + looks
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
