import Testing

@testable import recorder

@Suite struct TextTableTests {
    @Test func `columns are as wide as they must be`() {
        let table = TextTable(
            headings: ["ADDRESS", "CLIENT", "STATE"],
            rows: [["192.168.50.101", "02:00:5e:10:00:64", "bound"], ["10.0.0.1", "", "expired"]])
        #expect(
            table.text == """
                ADDRESS         CLIENT             STATE
                192.168.50.101  02:00:5e:10:00:64  bound
                10.0.0.1        -                  expired

                """)
    }

    @Test func `a table without rows has its headings`() {
        #expect(TextTable(headings: ["KIND", "DETAIL"], rows: []).text == "KIND  DETAIL\n")
    }

    @Test(arguments: [
        ("bell\u{7}", "bell\\u{7}"), ("\u{1B}[2Jgone", "\\u{1b}[2Jgone"), ("two\nlines", "two\\u{a}lines"),
        ("\u{9B}31m", "\\u{9b}31m"), ("turned\u{202E}round", "turned\\u{202e}round"), ("Büro-PC 7", "Büro-PC 7"),
    ])
    func `nothing that a terminal would obey is printed`(text: String, printed: String) {
        #expect(TextTable(headings: ["X"], rows: [[text]]).text == "X\n\(printed)\n")
    }

    @Test func `characters of several scalars are as wide as others`() {
        let table = TextTable(headings: ["NAME", "X"], rows: [["e\u{301}e\u{301}e\u{301}e\u{301}", "1"]])
        #expect(table.text == "NAME  X\ne\u{301}e\u{301}e\u{301}e\u{301}  1\n")
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
