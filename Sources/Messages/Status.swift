/// How a component is, as names and values for people and for health checks.
public struct Status: Hashable, Sendable {
    /// Who answers.
    public let component: ComponentName
    /// What it says, in its order.
    public let fields: [Field]

    /// One thing that a component says about itself.
    public struct Field: Hashable, Sendable {
        /// What is told, as words with hyphens: `frames-to-server`.
        public let name: String
        /// Its value as text.
        public let value: String

        /// A field of any value that can be written as text.
        public init(_ name: String, _ value: some CustomStringConvertible) {
            self.name = name
            self.value = value.description
        }
    }

    /// The answer of `component`.
    public init(component: ComponentName, fields: [Field]) {
        self.component = component
        self.fields = fields
    }

    /// The value of the first field of that name.
    public subscript(name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    init(reading reader: inout FieldReader) throws(MessageError) {
        component = try ComponentName(reading: &reader)
        var fields: [Field] = []
        for _ in 0..<(try reader.integer(UInt16.self)) {
            fields.append(Field(try reader.text("name"), try reader.text("value")))
        }
        self.fields = fields
    }

    func write(to bytes: inout [UInt8]) {
        bytes.append(component.rawValue)
        bytes.appendInteger(UInt16(clamping: fields.count))
        for field in fields.prefix(Int(UInt16.max)) {
            bytes.appendText(field.name)
            bytes.appendText(field.value)
        }
    }
}
