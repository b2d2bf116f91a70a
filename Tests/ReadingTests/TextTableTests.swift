import Testing
import Time

@testable import Reading

@Suite struct TextTableTests {
    private static let noon = 1_795_435_200_000_000 as Int64  // 2026-11-23T12:00:00Z

    private static func table(
        _ columns: [TableColumn], _ rows: [[String]], width: Int? = nil, zone: TimeZone = .utc
    ) -> [String] {
        TextTable(columns: columns, rows: rows, zone: zone, paper: Paper(width: width)).text.split(
            separator: "\n", omittingEmptySubsequences: false
        ).dropLast().map(String.init)
    }

    private static func time(_ seconds: Int64) -> String { "\(noon + seconds * 1_000_000 + 1300)" }

    /// Leases as wide as they get: all letters of an address, a long name, a word for the state.
    private static func leases(days: Int64 = 0, names: [String] = ["a-host-name-of-some-length-01", "tv"]) -> [[String]]
    {
        names.enumerated().map { index, name in
            [
                "192.168.150.10\(index)", "02:00:5e:10:00:64", name, "ens34", "", index == 0 ? "superseded" : "bound",
                time(0), time(60), index == 0 ? time(86_400 * days + 61) : "",
            ]
        }
    }

    @Test func `into a pipe each row is a line with everything in it`() {
        #expect(
            Self.table(RecordTable.leases.columns, Self.leases()) == [
                "ADDRESS          CLIENT             HOST                           INTERFACE  RELAY  STATE       "
                    + "BOUND                 RENEWED               UNTIL",
                "192.168.150.100  02:00:5e:10:00:64  a-host-name-of-some-length-01  ens34      -      superseded  "
                    + "2026-11-23T12:00:00Z  2026-11-23T12:01:00Z  2026-11-23T12:01:01Z",
                "192.168.150.101  02:00:5e:10:00:64  tv                             ens34      -      bound       "
                    + "2026-11-23T12:00:00Z  2026-11-23T12:01:00Z  never",
            ])
    }

    @Test func `on a terminal times lose what they share, and what is the same everywhere is said once`() {
        #expect(
            Self.table(RecordTable.leases.columns, Self.leases(), width: 80) == [
                "ADDRESS          CLIENT             HOST        STATE       BOUND      UNTIL",
                "192.168.150.100  02:00:5e:10:00:64  a-host-na…  superseded  12:00:00Z  12:01:01Z",
                "192.168.150.101  02:00:5e:10:00:64  tv          bound       12:00:00Z  never",
                "(all rows: interface ens34; times are in 2026-11-23; no room for RENEWED:",
                "--width, --json)",
            ])
    }

    @Test(arguments: RecordTable.allCases, [80, 100, 132]) func `every table fits`(table: RecordTable, width: Int) {
        let words = [
            "ADDRESS": "192.168.150.100", "CLIENT": "02:00:5e:10:00:64", "HOST": String(repeating: "name", count: 16),
            "INTERFACE": "enp130s0f0np0.1", "RELAY": "192.168.150.200", "STATE": "superseded", "UPLINK": "runtime",
            "OUTCOME": "exited with status 1: no subnet declaration", "DIRECTION": "to-client", "MESSAGE": "DISCOVER",
            "TRANSACTION": "0x3903f326", "VERDICT": "unsolicited-echo-reply", "COMPONENT": "middle-sock",
            "KIND": "lease-records-lost", "DETAIL": String(repeating: "words of which there are many ", count: 20),
            "SERVER": "/usr/sbin/dhcpd -f -4 -cf /etc/dhcp/dhcpd.conf -lf /var/lib/dhcp/dhcpd.leases --no-pid",
        ]
        let rows = (0..<3 as Range<Int64>).map { row in
            table.columns.map { column in
                switch column.content {
                case .second, .time, .end: Self.time(row * 400 * 86_400)
                case .duration, .number: "1234567"
                case .text: "\(row)" + (words[column.heading] ?? "").dropFirst()
                }
            }
        }
        let lines = Self.table(table.columns, rows, width: width)
        #expect(lines.filter { $0.count > width } == [])
        #expect(lines.count > 3)
    }

    @Test func `a long text goes on below`() {
        let lines = Self.table(
            RecordTable.events.columns,
            [
                [
                    Self.time(0), "relay", "foreign-server",
                    "the DHCP server 192.168.50.1 (02:00:00:00:50:01) answers on ens34",
                ],
                [Self.time(86_400), "relay", "records-lost", "3"],
            ], width: 60)
        #expect(
            lines == [
                "TIME          KIND            DETAIL",
                "11-23 12:00Z  foreign-server  the DHCP server 192.168.50.1",
                "                              (02:00:00:00:50:01) answers on",
                "                              ens34",
                "11-24 12:00Z  records-lost    3",
                "(all rows: component relay; times are in 2026)",
            ])
    }

    @Test func `times are local, on both sides of a change of the clocks`() {
        let berlin = TimeZone { $0 < 1_792_890_000 ? 7200 : 3600 }
        let column = [TableColumn("TIME", .time)]
        // 2026-10-25T00:59:59Z and a second later: it is 2:59:59 and then 2:00:00.
        let rows = [["1792889999000001"], ["1792893599000001"], ["1792893600000001"]]
        #expect(
            Self.table(column, rows, zone: berlin) == [
                "TIME", "2026-10-25T02:59:59.000001+02:00", "2026-10-25T02:59:59.000001+01:00",
                "2026-10-25T03:00:00.000001+01:00",
            ])
        #expect(Self.table(column, rows.suffix(1), width: 80, zone: berlin) == ["TIME", "2026-10-25 03:00:00.000"])
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (253_402_300_799_000_000, "9999-12-31T23:59:59.000000Z"), (-1, "1969-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)])
    func `a time is the day and hour that it is`(microseconds: Int64, text: String) {
        #expect(CalendarTime(microseconds, in: .utc).word() == text)
    }

    @Test func `a table without rows has its headings`() {
        #expect(Self.table([TableColumn("KIND"), TableColumn("DETAIL")], []) == ["KIND  DETAIL"])
        #expect(Self.table([TableColumn("KIND"), TableColumn("DETAIL")], [], width: 80) == ["KIND  DETAIL"])
    }

    @Test(arguments: [
        ("bell\u{7}", "bell\\u{7}"), ("\u{1B}[2Jgone", "\\u{1b}[2Jgone"), ("two\nlines", "two\\u{a}lines"),
        ("\u{9B}31m", "\\u{9b}31m"), ("turned\u{202E}round", "turned\\u{202e}round"), ("Büro-PC 7", "Büro-PC 7"),
    ])
    func `nothing that a terminal would obey is printed`(text: String, printed: String) {
        let columns = [TableColumn("Y"), TableColumn("X", isUsuallySame: true)]
        #expect(Self.table(columns, [["1", text]]) == ["Y  X", "1  \(printed)"])
        #expect(Self.table(columns, [["1", text]], width: 80) == ["Y  X", "1  \(printed)"])
        let rows = [["1", text], ["2", text]]
        #expect(Self.table(columns, rows, width: 80) == ["Y", "1", "2", "(all rows: x \(printed))"])
    }

    @Test func `characters of several scalars are as wide as others`() {
        let name = "e\u{301}e\u{301}e\u{301}e\u{301}"
        #expect(Self.table([TableColumn("NAME"), TableColumn("X")], [[name, "1"]]) == ["NAME  X", "\(name)  1"])
    }

    @Test func `a JSON array is whole however many pieces it has`() {
        func text(_ pieces: [[String]]) -> String {
            var array = JSONArray()
            return pieces.map { array.adding($0) }.joined() + array.end
        }
        #expect(text([]) == "[]\n")
        #expect(text([[]]) == "[]\n")
        #expect(text([["{}"]]) == "[\n{}\n]\n")
        #expect(text([["1", "2"], [], ["3"]]) == "[\n1,\n2,\n3\n]\n")
    }
}
