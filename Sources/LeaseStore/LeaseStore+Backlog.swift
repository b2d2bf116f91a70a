internal import GRDB
public import Messages

extension LeaseStore {
    /// Keeps batches as they came, in one transaction: all of them, or on an error none.
    ///
    /// That takes a small part of what `store` takes. They are on the disk then, and get into the tables by
    /// `storeBacklog`; but what they say about leases is in the table `leases` at once, however much is kept before. Which
    /// batches are taken is as in `store`, and so are the parameters.
    ///
    /// While there is a backlog `store` is not to be used: what came later would be in the tables first.
    ///
    /// - Returns: for each source among the batches, up to where it is kept or stored now; and the whole backlog.
    /// - Throws: `failed`; nothing was kept then.
    public func keep(
        _ batches: [ReceivedBatch], and ownEvents: [EventRecord] = [], at time: UInt64
    ) throws(LeaseStoreError) -> (kept: [RecordSource: Acknowledgement], backlog: Backlog) {
        try remembering { database, memory in
            var sequences = BatchSequences(database)
            let table = BacklogTable(database)
            let new = try batches.filter { try sequences.take($0.batch) }
            let storesLeases = try table.oldestWithLeases() == nil
            try table.append(new, at: Int64(clamping: time), hasLeasesStored: storesLeases)
            if storesLeases {
                var writer = try BatchWriter(
                    database, keepsFrames: retention.keepsFrames, part: .leases, remembering: memory.take())
                defer { memory = writer.memory }
                for received in new { try writer.write(received.batch, at: time) }
            }
            let events = ownEvents + sequences.events(at: time)
            if !events.isEmpty {
                let writer = try BatchWriter(database, keepsFrames: retention.keepsFrames)
                for event in events { try writer.write(event) }
            }
            return (try sequences.finish(), try table.extent())
        }
    }

    /// Brings the oldest batches of the backlog into the tables, and removes them from it in the same transaction.
    ///
    /// The more of them share a transaction the less each takes: strangers choose their addresses so that each of their
    /// packets changes other pages of the indexes, and a transaction writes a page once. It does not wait for the disk: where
    /// the power fails, the batches are in the backlog again.
    ///
    /// - Parameters:
    ///   - count: how many batches are taken at a time.
    ///   - isEnough: whether to end the transaction: asked after each time, unless there are no more, and then now and then
    ///     for as long as there is something left to write.
    /// - Returns: how many records it were, and what is left.
    /// - Throws: `failed`; nothing has changed then.
    public func storeBacklog(
        atMost count: Int, until isEnough: () -> Bool = { true }
    ) throws(LeaseStoreError) -> (records: Int, rest: Backlog) {
        try remembering(isRepeatable: true) { database, memory in
            try database.execute(sql: Self.largeCache)
            let table = BacklogTable(database)
            let isStored = try table.oldestWithLeases() == nil
            var writer = try BatchWriter(
                database, keepsFrames: retention.keepsFrames, part: isStored ? .rest : .all, remembering: memory.take())
            defer { memory = writer.memory }
            var (records, taken) = (0, 0)
            repeat {
                taken = try table.takeFirst(count, whoseLeasesAreStored: isStored) { batch, time in
                    try writer.write(batch, at: time)
                    records += batch.records.count
                }
            } while taken == count && !isEnough()
            try writer.finish { _ = isEnough() }
            let rest = try table.extent()
            if rest.isEmpty { try database.execute(sql: Self.smallCache) }
            return (records, rest)
        }
    }

    /// What is kept and not in the tables yet.
    ///
    /// - Throws: `failed`.
    public func backlog() throws(LeaseStoreError) -> Backlog {
        try inTransaction { database in try BacklogTable(database).extent() }
    }
}
