/// Keeps the values of recently inserted keys, up to a number of keys.
///
/// If a place is needed, a key goes that was not inserted again since the last round (the "clock" algorithm of page
/// replacement).
struct ClockCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Place {
        var key: Key
        var value: Value
        var wasInsertedAgain = false
    }

    private let capacity: Int
    private var places: [Place] = []
    private var numbers: [Key: Int] = [:]
    private var hand = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(key: Key) -> Value? { numbers[key].map { places[$0].value } }

    /// Changes the value of `key`, and says whether there is one.
    @discardableResult
    mutating func update(_ key: Key, _ change: (inout Value) -> Void) -> Bool {
        guard let number = numbers[key] else { return false }
        change(&places[number].value)
        return true
    }

    /// Gives `key` a value if it has none, and lets it stay for longer if it has one.
    ///
    /// - Returns: the key and value whose place it took.
    @discardableResult
    mutating func insert(_ key: Key, _ value: Value) -> (key: Key, value: Value)? {
        if let number = numbers[key] {
            places[number].wasInsertedAgain = true
            return nil
        } else if places.count < capacity {
            numbers[key] = places.count
            places.append(Place(key: key, value: value))
            return nil
        }
        return replace(with: Place(key: key, value: value))
    }

    private mutating func replace(with place: Place) -> (key: Key, value: Value) {
        while places[hand].wasInsertedAgain {
            places[hand].wasInsertedAgain = false
            hand = (hand + 1) % capacity
        }
        let replaced = places[hand]
        numbers[replaced.key] = nil
        numbers[place.key] = hand
        places[hand] = place
        hand = (hand + 1) % capacity
        return (replaced.key, replaced.value)
    }
}
