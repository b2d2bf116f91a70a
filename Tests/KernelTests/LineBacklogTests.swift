import Testing

@testable import Kernel

@Suite("Lines that wait to be written")
struct LineBacklogTests {
    /// Writes everything, in parts of this size at most, and gives what was written.
    private func written(_ backlog: inout LineBacklog, inPartsOf size: Int = .max) -> String {
        var all: [UInt8] = []
        while case let piece = backlog.piece(), !piece.isEmpty {
            all += piece.prefix(size)
            backlog.remove(min(size, piece.count))
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// So many lines, each of 100 bytes.
    private func lines(_ numbers: Range<Int>) -> [String] {
        numbers.map { number in "\(number) ".padding(to: 99) }
    }

    @Test(arguments: [13, 100, 4_096, .max])
    func `what has room is written whole and in order`(size: Int) {
        var backlog = LineBacklog()
        let all = lines(0..<200)
        for line in all { backlog.append(line) }
        #expect(written(&backlog, inPartsOf: size) == all.joined(separator: "\n") + "\n")
    }

    @Test func `a piece is whole lines, as many as a pipe takes at once`() {
        var backlog = LineBacklog()
        for line in lines(0..<100) { backlog.append(line) }
        #expect(backlog.piece().count == 4_000)
        #expect(4_096 == LineBacklog.pieceLength)
        // With a line that was begun goes its end, and what follows it.
        backlog.remove(50)
        #expect(backlog.piece().count == 4_050)
    }

    @Test func `a line longer than that is written in parts, by itself`() {
        var backlog = LineBacklog()
        let long = String(repeating: "x", count: 10_000)
        backlog.append(long)
        backlog.append("next")
        #expect(backlog.piece().count == LineBacklog.pieceLength)
        #expect(written(&backlog) == "\(long)\nnext\n")
    }

    @Test func `what has no room is counted, and told where it would have stood`() {
        var backlog = LineBacklog()
        backlog.name = "relay"
        let all = lines(0..<5_000)
        for line in all { backlog.append(line) }
        let kept = LineBacklog.capacity / 100
        #expect(backlog.lost == 5_000 - kept)
        // Room for one would be there, but those behind a gap come behind the line that tells of it.
        backlog.remove(100)
        backlog.append("late")
        let text = written(&backlog)
        let told = "relay: warning: \(5_001 - kept) lines were lost while nobody read standard error\n"
        #expect(text.hasSuffix("\n" + told))
        #expect(text.split(separator: "\n").count == kept)
        backlog.append("after")
        #expect(written(&backlog) == "after\n")
    }

    @Test func `what nobody can read any more is counted, however often`() {
        var backlog = LineBacklog()
        for line in lines(0..<10) { backlog.append(line) }
        backlog.remove(250)
        backlog.abandon()
        #expect(backlog.lost == 8)
        backlog.append("again")
        // The line that tells of them is lost with the next one, and they are not.
        #expect(!backlog.piece().isEmpty)
        backlog.abandon()
        #expect(backlog.lost == 9)
        backlog.append("now")
        #expect(written(&backlog) == "warning: 9 lines were lost while nobody read standard error\nnow\n")
    }

    @Test func `nothing is lost uncounted, whatever happens`() {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &random)
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var backlog = LineBacklog()
        var said = 0
        var bytes: [UInt8] = []
        for _ in 0..<3_000 {
            switch next(8) {
            case 0...4:
                backlog.append("line \(said) ".padding(to: next(600)))
                said += 1
            case 5...6:
                let piece = backlog.piece()
                let count = next(piece.count + 1)
                bytes += piece.prefix(count)
                backlog.remove(count)
            default:
                guard next(40) == 0 else { continue }
                backlog.abandon()
                // A line that was begun is lost, and its beginning is followed by the one that says so.
                while let last = bytes.last, last != UInt8(ascii: "\n") { bytes.removeLast() }
            }
        }
        let text = String(decoding: bytes, as: UTF8.self) + written(&backlog)
        var (expected, misplaced) = (0, 0)
        for words in text.split(separator: "\n").map({ $0.split(separator: " ") }) {
            if words[0] == "warning:" {
                expected += Int(words[1]) ?? 0
            } else {
                if words[1] != "\(expected)" { misplaced += 1 }
                expected += 1
            }
        }
        #expect(misplaced == 0, "seed \(seed)")
        #expect(expected + backlog.lost == said, "seed \(seed)")
    }
}

extension String {
    fileprivate func padding(to length: Int) -> String {
        self + String(repeating: ".", count: max(0, length - utf8.count))
    }
}
