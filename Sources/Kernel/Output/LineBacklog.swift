/// Lines that are to be written, within a bound, and the number of those for which there was no room.
///
/// What was lost is told by one line where it would have stood: behind the last line that was kept, before anything that
/// comes later.
struct LineBacklog {
    /// A line with the newline at its end, or the one that tells how many others were lost.
    private struct Line {
        let bytes: [UInt8]
        /// How many lines are lost with it.
        let count: Int
    }

    /// How many bytes may wait: some 3,000 lines, several times what a pipe holds (pipe(7)).
    static let capacity = 256 << 10
    /// How many bytes are written at once: as many as a pipe takes whole or not at all (`PIPE_BUF`).
    static let pieceLength = 4_096

    private var lines: [Line] = []
    /// Of `lines` these are written already, and so many bytes of the next.
    private var done = 0
    private var offset = 0
    private var waiting = 0
    /// How many lines were lost since the last that was kept.
    private(set) var lost = 0
    /// Who tells of lost lines: `relay`.
    var name: String?

    /// Takes a line without its end.
    ///
    /// Once one is lost all are, until there is room for the line that says so.
    mutating func append(_ text: String) {
        if done == lines.count { tellOfLost() }
        let line = Line(bytes: Array("\(text)\n".utf8), count: 1)
        guard lost == 0, waiting == 0 || waiting + line.bytes.count <= Self.capacity else { return lost += 1 }
        add(line)
    }

    /// The bytes to write next: whole lines, or the part of a long one; none when there is nothing to write.
    mutating func piece() -> [UInt8] {
        if done == lines.count { tellOfLost() }
        guard done < lines.count else { return [] }
        var piece = Array(lines[done].bytes.dropFirst(offset).prefix(Self.pieceLength))
        for line in lines[done...].dropFirst() {
            guard piece.last == UInt8(ascii: "\n"), piece.count + line.bytes.count <= Self.pieceLength else { break }
            piece += line.bytes
        }
        return piece
    }

    /// So many bytes of the last piece are written.
    mutating func remove(_ count: Int) {
        waiting -= count
        offset += count
        while done < lines.count, offset >= lines[done].bytes.count {
            offset -= lines[done].bytes.count
            done += 1
        }
        // Each line is moved to the front once at most.
        guard done > lines.count / 2 else { return }
        lines.removeFirst(done)
        done = 0
    }

    /// Nobody can read what waits: it is lost.
    mutating func abandon() {
        lost += lines[done...].reduce(0) { $0 + $1.count }
        lines.removeAll()
        (done, offset, waiting) = (0, 0, 0)
    }

    private mutating func tellOfLost() {
        guard lost > 0 else { return }
        let words = lost == 1 ? "1 line was lost" : "\(lost) lines were lost"
        let text = "\(name.map { "\($0): " } ?? "")warning: \(words) while nobody read standard error\n"
        add(Line(bytes: Array(text.utf8), count: lost))
        lost = 0
    }

    private mutating func add(_ line: Line) {
        lines.append(line)
        waiting += line.bytes.count
    }
}
