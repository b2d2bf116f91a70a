extension Schema {
    /// What version 2 adds.
    static let additions = [leaseEnds]

    /// Finds the leases that are over, and those that were marked too early by a wrong clock.
    private static let leaseEnds = """
        DROP INDEX leases_by_expiry;
        CREATE INDEX leases_by_end ON leases (state, expires_at);
        """
}
