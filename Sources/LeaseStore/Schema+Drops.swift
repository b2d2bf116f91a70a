extension Schema {
    /// Adds to the table: interface, direction, reason, frames, time.
    static let addDrops = """
        INSERT INTO dropped_frames SELECT ?1, ?2,
            iif(
                EXISTS (SELECT 1 FROM dropped_frames WHERE interface = ?1 AND direction = ?2 AND reason = ?3)
                    OR (SELECT count(*) FROM dropped_frames) < 500,
                ?3, 'other'),
            ?4, ?5
        WHERE true
        ON CONFLICT DO UPDATE SET frames = frames + excluded.frames, last_at = max(last_at, excluded.last_at)
        """
}
