internal import Addresses
internal import HostCheck
internal import HostTables
internal import PrintableText

extension CheckReport {
    /// An object with `ready`, `networks` as `discovery --json` prints them, and `findings`.
    var json: String {
        let objects = findings.map { finding in
            let members: [(String, String)] = [
                ("subject", JSONText.quoted(finding.subject)), ("state", JSONText.quoted(finding.state.rawValue)),
                ("text", JSONText.quoted(finding.text)), ("advice", finding.advice.map(JSONText.quoted) ?? "null"),
            ]
            return "    {" + members.map { "\(JSONText.quoted($0)):\($1)" }.joined(separator: ",") + "}"
        }
        return """
            {
              "ready": \(isReady),
              "networks": [\(networks.map(\.json).joined(separator: ","))],
              "findings": [
            \(objects.joined(separator: ",\n"))
              ]
            }
            """
    }
}
