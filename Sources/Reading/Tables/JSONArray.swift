internal import PrintableText

/// A JSON array that is written piece by piece, with an object on each line.
package struct JSONArray {
    private var isEmpty = true

    /// An array without objects yet.
    package init() {}

    /// The text that adds these objects.
    package mutating func adding(_ objects: [String]) -> String {
        guard !objects.isEmpty else { return "" }
        defer { isEmpty = false }
        return (isEmpty ? "[\n" : ",\n") + objects.map { String(printableJSON: $0) }.joined(separator: ",\n")
    }

    /// The text that ends the array.
    package var end: String { isEmpty ? "[]\n" : "\n]\n" }
}
