/// Why a server ended before it was ready, as far as it said so.
///
/// Servers say it in many lines, and not in the last one: dhcpd takes leave with an address for reports of bugs. The first line
/// that complains of something is the cause of those behind it.
struct LastWords {
    private var complaint: String?
    private var last: String?

    /// What lines have in them by which servers complain: dhcpd, Kea and dnsmasq, and the C library on behalf of all.
    private static let complaints = [
        " line ", "error", "fatal", "failed", "cannot ", "can't ", "unable ", "no subnet declaration", "denied",
        "not permitted", "no such ", "unknown ", "bad ", "in use",
    ]
    /// The levels of lines of Kea's that complain of nothing that would end it.
    private static let harmless = [" DEBUG ", " INFO ", " WARN "]
    /// How many characters are repeated.
    private static let longest = 300

    /// Hears a line that the server has written.
    mutating func hear(_ line: String) {
        let text = String(line.drop { $0 == " " }.prefix(Self.longest))
        guard !text.isEmpty, !Self.harmless.contains(where: { text.contains($0) }) else { return }
        last = text
        let lowercase = text.lowercased()
        if complaint == nil, Self.complaints.contains(where: { lowercase.contains($0) }) { complaint = text }
    }

    /// The line that tells most of it, with what goes in front of it in a sentence; empty when nothing was said.
    var reason: String {
        guard let words = complaint ?? last else { return "" }
        // More may follow in the same sentence.
        return ": \(words.hasSuffix(".") ? String(words.dropLast()) : words)"
    }
}
