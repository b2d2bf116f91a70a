internal import Messages

/// One value for each way that frames travel.
struct PerDirection<Value> {
    private var toServer: Value
    private var toClient: Value

    /// Both begin as `value`.
    init(_ value: Value) {
        toServer = value
        toClient = value
    }

    subscript(direction: Direction) -> Value {
        _read {
            switch direction {
            case .toServer: yield toServer
            case .toClient: yield toClient
            }
        }
        _modify {
            switch direction {
            case .toServer: yield &toServer
            case .toClient: yield &toClient
            }
        }
    }
}
