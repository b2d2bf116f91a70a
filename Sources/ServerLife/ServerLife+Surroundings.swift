internal import Addresses
internal import Logging
internal import Messages

/// Where the server is to run.
extension ServerLife {
    /// The host is in these networks; discovery tells so again and again.
    mutating func take(_ networks: [AttachedNetwork], _ change: HostChange, at now: UInt64) -> [Action] {
        if case .waitingForNetworks(let outlook) = state {
            state = .settling(outlook)
            return [.settle(networks)]
        }
        guard state.hasSurroundings else { return [] }
        switch change {
        case .none: return []
        case .furnishing(let links, let others): return [.furnish(links, networks: others)]
        case .networks(let others):
            return move(to: networks, .networksChanged, "the host's networks have changed", others, at: now)
        case .interfaces(let others):
            return move(to: networks, .interfaceChanged, "the interface is another or has changed", others, at: now)
        }
    }

    /// Surroundings are made in these networks when the server has stopped; it is the same one afterwards.
    private mutating func move(
        to networks: [AttachedNetwork], _ kind: EventKind, _ reason: String, _ others: [AttachedNetwork], at now: UInt64
    ) -> [Action] {
        let places = others.map(\.description).joined(separator: ", ")
        let story: [Action] = [.log(.notice, "\(reason): \(places)"), .note(kind, places)]
        guard case .draining = state else { return story + stop(then: .move(networks, state.succession), at: now) }
        return story + answer(state.succession?.request, [.init("refused", "\(reason); ask again")])
            + stop(then: .move(networks, nil), at: now)
    }

    /// The surroundings are made: the server is started there, or has to be by others.
    mutating func launchInNewSurroundings() -> [Action] {
        guard case .settling(let outlook) = state else { return [] }
        guard arrangement != .external else {
            state = .waitingForNamespace
            return [.askHolder]
        }
        return launch(outlook.succession, inNewSurroundings: true)
    }

    /// There are no surroundings: where there could be before, it is tried again when discovery tells again.
    mutating func postpone(_ fault: Fault, at now: UInt64) -> [Action] {
        guard case .settling(let outlook) = state else { return [] }
        guard hasBeenReady else { return failed(fault, at: now) }
        state = .waitingForNetworks(Outlook(succession: outlook.succession, told: fault.message))
        guard outlook.told != fault.message else { return [] }
        return [.log(.warning, fault.message), .note(.surroundingsFailed, fault.message)]
    }

    /// The namespace of others looks like the host.
    mutating func takeNamespace() -> [Action] {
        guard case .waitingForNamespace = state else { return [] }
        state = .waitingForServer
        return [
            .note(.namespaceReady, "the namespace looks like the host; the server can be started there"),
            .nameNetworks,
        ]
    }

    /// The namespace is gone with who held it, or lives on only as long as a server is in it whom nobody hears.
    mutating func loseNamespace() -> [Action] {
        let actions: [Action] = [
            .abandon,
            .log(
                .warning,
                "who held the server's namespace is gone; waits for the next, in which the server has to be started"),
            .note(
                .namespaceGone, "who held the server's namespace has ended; the server has to be started in the next"),
        ]
        switch state {
        case .waitingForServer, .ready:
            state = .waitingForNamespace
            return actions + [.measure]
        case .waitingForNetworks, .settling, .waitingForNamespace, .launching, .starting, .draining,
            .waitingToRestart, .stopping, .leaving, .gone:
            return actions
        }
    }
}
