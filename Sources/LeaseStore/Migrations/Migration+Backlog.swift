extension Migration {
    static let backlog = """
        CREATE TABLE backlog (
            -- Batches of records as they came, in that order, that are not in the other tables yet: in a storm.
            id INTEGER PRIMARY KEY,
            received_at INTEGER NOT NULL,  -- microseconds since the Unix epoch
            total INTEGER NOT NULL,        -- bytes of this message and those before it
            message BLOB NOT NULL          -- docs/protocol.md, kind 5
        )
        """
}
