import Foundation
import GRDB
import Kernel
import Messages
import Testing

@testable import Reading

/// The page that `recorder report` writes, in a browser.
@Suite struct ReportTests {
    private let recorded: RecordedPackets
    /// The end of a script and the beginning of another: a command line may be anything.
    private static let command = "dhcpd </script><script>document.title = 'taken'</script>"

    private static let stranger = EventRecord(
        happenedAt: Exchange.start - 1_000_000, kind: "foreign-server",
        detail: "192.168.50.1 (02:00:00:00:50:01) on ens34")

    init() throws {
        var ready = StartRecord(startedAt: Exchange.start - 2_000_000, uplink: "lan", serverCommand: Self.command)
        (ready.outcome, ready.phases.spawn, ready.phases.ready, ready.phases.total) = ("ready", 1_900, 42_000, 44_000)
        var failed = StartRecord(startedAt: Exchange.start - 3_000_000, uplink: "lan", serverCommand: Self.command)
        failed.outcome = "the server ended with status 1"
        recorded = try RecordedPackets(
            [
                .start(failed), .start(ready), .event(Self.stranger), Exchange.discover, Exchange.offer,
                Exchange.acknowledgement,
                Exchange.stray,
            ], lost: 12)
    }

    private func report(_ database: RecordedPackets, _ options: [String] = []) throws -> String {
        let directory = database.file("new/report")
        let result = try database.recorder(["report", "--output", directory] + options)
        #expect(result.exit == .status(0) && result.error == "recorder: wrote \(directory)/index.html\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["index.html"])
        return try String(contentsOfFile: "\(directory)/index.html", encoding: .utf8)
    }

    /// The page without scripts and what is behind them, so that a test that fails does not print Chart.js.
    private func text(_ page: String) -> Substring {
        page.firstRange(of: "<footer>").map { page[..<$0.lowerBound] } ?? page[...]
    }

    /// What the browser has made of the page, and what this script then adds to it.
    private func opened(_ page: String, adding script: String = "", options: [String] = []) throws -> String {
        let file = recorded.file("opened.html")
        try page.replacing("</body>", with: "<script>\(script)</script></body>")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let browser = try FinishedProgram(
            "chromium-headless-shell",
            ["--headless", "--no-sandbox", "--window-size=1280,2400"] + options + ["--dump-dom", "file://\(file)"])
        #expect(browser.exit == .status(0), "\(browser.error)")
        return browser.output
    }

    @Test func `every plot is drawn, in colours`() throws {
        let script = """
            document.querySelectorAll("canvas").forEach(canvas => {
                const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
                let coloured = 0;
                for (let at = 0; at < pixels.length; at += 4)
                    if (pixels[at + 3] && Math.max(...pixels.slice(at, at + 3)) - Math.min(...pixels.slice(at, at + 3)) > 80)
                        coloured += 1;
                canvas.title = coloured > 50 ? "coloured" : "pale";
            });
            """
        let canvases = try opened(report(recorded), adding: script).matches(of: /<canvas[^>]*>/).map { $0.output }
        #expect(canvases.count == 5)
        for canvas in canvases {
            #expect(canvas.contains("data-drawn=") && canvas.contains("title=\"coloured\""), "\(canvas)")
        }
    }

    /// Width of the window, whether it is dark, and how the browser is told so.
    private static let views: [(Int, Bool)] = [(1280, false), (1280, true), (390, false), (390, true)]

    @Test(arguments: views)
    func `it can be read in the light and in the dark, on a wide screen and on a telephone`(width: Int, isDark: Bool)
        throws
    {
        let script = """
            const light = colour => colour.match(/[0-9.]+/g).slice(0, 3).map(x => x / 255)
                .map(x => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4)
                .reduce((sum, x, index) => sum + x * [.2126, .7152, .0722][index], 0);
            const paper = light(getComputedStyle(document.body).backgroundColor);
            const contrast = colour => {
                const ink = light(colour);
                return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
            };
            const quiet = document.createElement("p");
            quiet.style.color = Chart.defaults.color;
            document.body.append(quiet);
            const least = Math.min(...[...document.querySelectorAll("h1, p, dt, dd, td, th, footer")]
                .map(element => contrast(getComputedStyle(element).color)));
            const widths = [...document.querySelectorAll("canvas")].map(canvas => canvas.clientWidth);
            document.body.id = [paper < .1 ? "dark" : "light", least >= 4.5 ? "legible" : "pale " + least,
                document.documentElement.scrollWidth <= innerWidth ? "fits" : "overflows " + innerWidth,
                innerWidth, Math.min(...widths) > 200].join(" ");
            """
        let options = ["--window-size=\(width),2400", "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)"]
        let page = try text(opened(report(recorded), adding: script, options: options))
        let found = page.firstMatch(of: #/<body id="([^"]*)"/#)?.1
        #expect(found == "\(isDark ? "dark" : "light") legible fits \(width) true")
    }

    @Test func `the page loads nothing, and nothing in a name is obeyed`() throws {
        try DatabaseQueue(path: recorded.database).write { database in
            try database.execute(
                sql: "UPDATE packet_counts SET verdict = '</script><img src=x>' WHERE verdict = 'not-for-us'")
        }
        let page = try report(recorded)
        let isLicensed = page.contains("(c) 2022 Chart.js Contributors")
        #expect(isLicensed && text(page).contains("default-src 'none'"))
        let script = """
            document.body.id = "loaded-" + performance.getEntriesByType("resource").length + "-links-" +
                document.querySelectorAll("[src], [href]").length;
            """
        let opened = text(try opened(page, adding: script))
        #expect(opened.contains("<body id=\"loaded-0-links-0\">"))
        #expect(opened.contains("<title>DHCP, as middle-sock recorded it</title>"))
        #expect(
            opened.contains("<td>dhcpd &lt;/script&gt;&lt;script&gt;document.title = 'taken'&lt;/script&gt; (lan)</td>")
        )
    }

    @Test func `the numbers stand beside the plots`() throws {
        let page = text(try report(recorded))
        for row in [
            [
                "dhcpd &lt;/script&gt;&lt;script&gt;document.title = 'taken'&lt;/script&gt; (lan)", "2", "1", "44.000",
                "44.000", "44.000",
            ], ["DISCOVER to OFFER", "1", "1.00", "1.00", "1.00"],
            ["DISCOVER to ACK", "1", "1.50", "1.50", "1.50"], ["REQUEST to ACK", "0", "-", "-", "-"],
            ["ens34", "1", "1", "1"], ["ens34", "1", "1", "1", "0", "0"],
            ["192.168.50.1 (02:00:00:00:50:01) on ens34", "1", "2023-11-14 22:13:19"],
            ["records-lost (relay)", "1", "2023-11-14 22:13:20"], ["REQUEST", "1", "0", "1"], ["ACK", "1", "1", "0"],
            ["not-for-us", "1", "2023-11-14 22:00:00"],
        ] {
            #expect(page.contains(row.map { "<td>\($0)</td>" }.joined() + "</tr>"), "\(row)")
        }
        #expect(page.contains("<dt>records lost</dt><dd>12</dd>"))
        #expect(page.contains("<strong>2023-11-14 22:13:17</strong> to <strong>2023-11-14 22:13:20</strong>"))
    }

    @Test func `only the period that is asked for is told of`() throws {
        let page = text(try report(recorded, ["--until", "2023-11-14T22:13:19Z"]))
        #expect(page.contains("(lan)</td><td>2</td><td>1</td>"))
        #expect(page.contains("<dt>leases given</dt><dd>0</dd>"))
        #expect(!page.contains("<td>ens34</td><td>1</td><td>1</td><td>1</td></tr>"))
    }

    @Test func `where nothing is recorded the page says so`() throws {
        let none = text(try opened(report(RecordedPackets([]))))
        #expect(none.contains("Nothing is recorded in this period.") && !none.contains("<canvas"))
        let starts = text(try opened(report(recorded, ["--until", "2023-11-14T22:13:18Z"])))
        #expect(starts.contains("Nothing in this period."))
    }

    @Test func `a library that is not there is one line and status 69`() throws {
        let result = try recorded.recorder([
            "report", "--output", recorded.file("r"), "--chart-js", "/nonexistent/c.js",
        ])
        #expect(result.exit == .status(69))
        #expect(
            result.error == """
                recorder: cannot draw plots without Chart.js: open /nonexistent/c.js: No such file or directory; install \
                the package libjs-chart.js, or name the file with --chart-js

                """)
        #expect(!FileManager.default.fileExists(atPath: recorded.file("r")))
    }

    @Test func `a directory that cannot be made is one line and status 69`() throws {
        let result = try recorded.recorder(["report", "--output", "/proc/report"])
        #expect(result.exit == .status(69))
        #expect(result.error.hasPrefix("recorder: cannot make /proc/report: ") && result.error.hasSuffix("\n"))
    }

    @Test func `numbers are written for people`() {
        #expect(
            [0, 999, 1000, 10_000_000, -1234].map(ReportText.number) == ["0", "999", "1,000", "10,000,000", "-1,234"])
        #expect(
            [nil, 0, 0.005, 43.5, 1234.567, -0.5].map(ReportText.milliseconds)
                == ["-", "0.00", "0.01", "43.50", "1,234.57", "-0.50"])
        #expect(
            [1, 30, 60, 7200, 86_400, 1_209_600].map { ReportText.duration($0 * 1_000_000) }
                == ["1 second", "30 seconds", "1 minute", "2 hours", "1 day", "2 weeks"])
    }
}
