internal import CLinux

/// The time zone of the process: what TZ says, or /etc/localtime (tzset(3)).
public enum LocalTime {
    /// How far it is from UTC at a time, in seconds; to the east is positive.
    ///
    /// - Parameter second: since the Unix epoch.
    public static func offset(at second: Int64) -> Int {
        var second = time_t(second)
        var parts = unsafe tm()
        // Nothing comes back for a year that no `int` holds: no zone says anything of that.
        return unsafe localtime_r(&second, &parts) == nil ? 0 : unsafe parts.tm_gmtoff
    }
}
