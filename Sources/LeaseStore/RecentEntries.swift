/// The elements that were appended last, up to a number of them, to be found by key.
struct RecentEntries<Key: Hashable & Sendable, Element: Sendable>: Sendable {
    private struct Place {
        var key: Key
        var element: Element
        /// The number of the element of the same key before this one.
        var previous: Int?
    }

    private let capacity: Int
    private var places: [Place] = []
    /// Of each key, the number of its last element: how many were appended before it.
    private var last: [Key: Int] = [:]
    private var count = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The element with this number, which must still be there.
    subscript(number: Int) -> Element { places[number % capacity].element }

    /// Changes the element with this number, which must still be there.
    mutating func update(_ number: Int, _ change: (inout Element) -> Void) {
        change(&places[number % capacity].element)
    }

    /// Appends an element in place of the oldest one.
    mutating func append(_ element: Element, of key: Key) {
        let place = Place(key: key, element: element, previous: last.updateValue(count, forKey: key))
        if count < capacity {
            places.append(place)
        } else {
            let oldest = places[count % capacity].key
            if last[oldest] == count - capacity { last[oldest] = nil }
            places[count % capacity] = place
        }
        count += 1
    }

    /// The last elements of `key`, `limit` at most, the last one first.
    func elements(of key: Key, atMost limit: Int) -> [Element] {
        var found: [Element] = []
        var next = last[key]
        while found.count < limit, let number = next, number >= count - capacity {
            found.append(self[number])
            next = places[number % capacity].previous
        }
        return found
    }

    /// Of the last elements of `key`, `limit` at most, the first of those for which `rank` says the least.
    func best(of key: Key, atMost limit: Int, by rank: (Element) -> Int?) -> (place: Int, rank: Int)? {
        var best: (place: Int, rank: Int)?
        var next = last[key]
        for _ in 0..<limit {
            guard let number = next, number >= count - capacity else { break }
            let place = places[number % capacity]
            if let rank = rank(place.element), rank <= best?.rank ?? .max { best = (number, rank) }
            next = place.previous
        }
        return best
    }
}
