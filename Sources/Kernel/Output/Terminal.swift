internal import CLinux

/// What people look at.
public enum Terminal {
    /// How many characters a line of the terminal has that a descriptor is of, 0 where it does not say (TIOCGWINSZ,
    /// ioctl_tty(2)); nothing when it is of no terminal.
    public static func width(of descriptor: Int32) -> Int? {
        let width = clinux_terminal_width(descriptor)
        return width < 0 ? nil : Int(width)
    }
}
