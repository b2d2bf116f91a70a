import Messages
import Pacing

/// Whether the server reads and answers what it is sent, where another could take over.
///
/// All times are microseconds of a clock that never goes back.
struct ServerReading {
    private let silence: UInt64
    private var watch: ReadingWatch
    /// Whether it had read everything since the relay has found it silent.
    private var hasCaughtUp = false
    /// When people are told of its silence.
    private var notices = NoticePace(interval: 1_000_000)

    /// What is to be done about it.
    enum Judgement: Hashable {
        case nothing
        /// The relay is to hear whether it has read everything; people that it is slow, if they are to be told.
        case reads(isDone: Bool, isNews: Bool)
        /// It is of no use, as these words go on that begin with its name.
        case useless(String)
    }

    /// That of a server that counts as silent after so long.
    init(_ silence: UInt64) {
        self.silence = silence
        watch = ReadingWatch(silence)
    }

    /// It is another server from now on.
    mutating func begin() {
        watch = ReadingWatch(silence)
        hasCaughtUp = false
    }

    /// When to look at it next.
    func nextLook(now: UInt64) -> UInt64 {
        watch.nextLook(now: now)
    }

    /// Judges it by a look.
    mutating func note(_ look: ReadingWatch.Look, now: UInt64) -> Judgement {
        switch watch.note(look, now: now) {
        case .nothing: return .nothing
        case .reads(let isDone):
            hasCaughtUp = isDone
            // A relay that was taken over could have it told without end.
            return .reads(isDone: isDone, isNews: !isDone && notices.isDue(at: now))
        case .stopped: return .useless("is stopped, and has read nothing for \(silence / 1_000_000) s")
        case .deaf: return .useless("has read nothing of what it was sent for \(silence / 1_000_000) s")
        }
    }

    /// Judges it by what the relay finds: that it answers none of the clients that it knows.
    ///
    /// One that had read everything before it was given these questions, and then has all the time that they may take, has
    /// no reason to be silent.
    mutating func judge(_ silence: Silence) -> Judgement {
        switch silence.stage {
        case .asked:
            hasCaughtUp = false
            watch.beginExamination()
        case .answered: watch.endExamination()
        case .unanswered where hasCaughtUp:
            let words = "\(silence.clients) clients that it has served before"
            return .useless(
                "reads what it is sent, and has answered none of \(words) for \(silence.duration / 1_000_000) s")
        case .unanswered: break
        }
        return .nothing
    }
}
