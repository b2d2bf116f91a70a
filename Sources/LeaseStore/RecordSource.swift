public import Messages

/// One run of a component, whose batches are numbered.
public struct RecordSource: Hashable, Sendable {
    /// Which component it is.
    public let component: ComponentName
    /// The random number by which this run is told from others.
    public let instance: UInt64

    /// A run of `component`.
    public init(component: ComponentName, instance: UInt64) {
        self.component = component
        self.instance = instance
    }

    /// The source of `batch`.
    public init(_ batch: RecordBatch) {
        self.init(component: batch.source, instance: batch.instance)
    }
}
