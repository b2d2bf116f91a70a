/// What a test waited for and did not see in time.
struct NeverHappened: Error, CustomStringConvertible {
    var description: String
}

/// Waits for a condition by asking again and again, and never longer than it takes.
///
/// - Parameters:
///   - what: what is waited for, for the message when it does not come.
///   - limit: how long to wait; generous, because only a failure ever waits that long.
///   - evidence: what to show when it does not come, such as a log.
///   - probe: gives the awaited value, or nil when it is not there yet.
/// - Returns: the awaited value.
/// - Throws: ``NeverHappened`` after the limit, or what the probe throws.
func eventually<Value>(
    _ what: String, within limit: Duration = .seconds(15), evidence: () -> String = { "" },
    _ probe: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    repeat {
        if let value = try await probe() { return value }
        try await Task.sleep(for: .milliseconds(10))
    } while ContinuousClock.now < deadline
    throw NeverHappened(description: "not within \(limit): \(what)\n\(evidence())")
}

/// Waits for something to be true, as ``eventually(_:within:evidence:_:)`` waits for a value.
func wait(
    for what: String, within limit: Duration = .seconds(15), evidence: () -> String = { "" },
    _ condition: () async throws -> Bool
) async throws {
    _ = try await eventually(what, within: limit, evidence: evidence) { try await condition() ? true : nil }
}
