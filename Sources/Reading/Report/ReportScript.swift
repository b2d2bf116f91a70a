/// What draws the plots from their numbers, behind Chart.js.
enum ReportScript {
    static let text = #"""
        "use strict";
        // Colours that people tell apart who see some of them alike (Okabe and Ito).
        const colours = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#8c6d1f", "#8a79c4", "#888888",
            "#a0a0a0"];
        const charts = [];
        // An axis of tens, if the values lie far apart.
        function scale(plot) {
            const values = plot.series.flatMap(series => series.values).filter(value => value !== null && value > 0);
            const isWide = plot.unit === "ms" && plot.kind === "lines" && Math.max(...values) > 30 * Math.min(...values);
            const title = { display: true, text: plot.unit };
            if (!isWide) return { beginAtZero: true, title, ticks: plot.unit === "ms" ? {} : { precision: 0 } };
            return { type: "logarithmic", title, ticks: {
                callback: value => /^[125]0*$/.test(value) || value < 1 && /^0\.0*[125]$/.test(value) ? value : "" } };
        }
        function draw(plot, canvas) {
            const isLines = plot.kind === "lines", isRows = plot.kind === "rows", isBars = plot.kind === "bars";
            const names = { ticks: { autoSkip: !isRows, maxRotation: 0, autoSkipPadding: 16 }, grid: { display: false },
                stacked: isBars };
            const values = { ...scale(plot), stacked: isBars };
            charts.push(new Chart(canvas, {
                type: isLines ? "line" : "bar",
                data: { labels: plot.labels, datasets: plot.series.map((series, index) => {
                    const colour = colours[index % colours.length];
                    return { label: series.name, data: series.values, borderColor: colour, backgroundColor: colour,
                        borderWidth: isLines ? 2 : 0, borderDash: series.isDashed ? [5, 4] : [], spanGaps: true,
                        pointRadius: series.values.length > 40 ? 1.5 : 3, maxBarThickness: 40 };
                }) },
                options: {
                    animation: false, maintainAspectRatio: false, indexAxis: isRows ? "y" : "x",
                    interaction: { mode: "index", axis: isRows ? "y" : "x", intersect: false },
                    scales: isRows ? { x: values, y: names } : { x: names, y: values },
                    plugins: { legend: { display: plot.series.length > 1, position: "bottom",
                        labels: { boxWidth: 14, boxHeight: isLines ? 1 : 10 } } },
                },
                plugins: [{ id: "drawn", afterRender: chart => { chart.canvas.dataset.drawn = plot.kind; } }],
            }));
        }
        // In the colours of the page, which are others in the dark.
        function drawAll() {
            const style = getComputedStyle(document.documentElement);
            Chart.defaults.color = style.getPropertyValue("--quiet").trim();
            Chart.defaults.borderColor = style.getPropertyValue("--thin").trim();
            charts.splice(0).forEach(chart => chart.destroy());
            JSON.parse(document.getElementById("plots").textContent).forEach((plot, number) => {
                if (plot) draw(plot, document.getElementById("plot" + number));
            });
        }
        Chart.defaults.font.family = "system-ui, sans-serif";
        drawAll();
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

        """#
}

/// How the page looks: a plot with its numbers beside it, or below where there is little room.
enum ReportStyle {
    static let text = """
        :root { color-scheme: light dark; --paper: #fff; --ink: #222; --quiet: #555; --line: #ccc; --thin: #e4e4e4; }
        @media (prefers-color-scheme: dark) {
            :root { --paper: #15171a; --ink: #e8e8e8; --quiet: #b0b0b0; --line: #4a4a4a; --thin: #333; }
        }
        body { font: 16px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper);
            max-width: 1280px; margin: 0 auto; padding: 1rem 1.5rem; }
        h1 { font-size: 1.7rem; margin: .5rem 0; }
        h2 { font-size: 1.25rem; margin: 0; }
        section { border-top: 1px solid var(--line); padding: 1.2rem 0; break-inside: avoid; }
        section > p { margin: .2rem 0 .8rem; color: var(--quiet); max-width: 60rem; font-size: .92rem; }
        dl { display: flex; flex-wrap: wrap; gap: .8rem 2.2rem; margin: 1rem 0; }
        dl div { display: flex; flex-direction: column-reverse; }
        dd { font-size: 1.5rem; font-weight: 600; margin: 0; font-variant-numeric: tabular-nums; }
        dt { color: var(--quiet); font-size: .85rem; }
        .beside { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 1.5rem; align-items: start; }
        .plot { position: relative; height: 320px; }
        .numbers { overflow-x: auto; }
        .nothing { color: var(--quiet); font-style: italic; margin: 0; }
        table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .45rem; text-align: right; border-bottom: 1px solid var(--thin); vertical-align: top; }
        th:first-child, td:first-child { text-align: left; padding-left: 0; min-width: 7.5rem;
            overflow-wrap: anywhere; }
        footer { border-top: 1px solid var(--line); padding: 1rem 0; color: var(--quiet); font-size: .85rem; }
        p { overflow-wrap: anywhere; }
        @media (max-width: 600px) {
            body { padding: .6rem .8rem; }
            h1 { font-size: 1.3rem; }
            dl { gap: .6rem 1.4rem; }
            dd { font-size: 1.2rem; }
            .plot { height: 260px; }
            table { font-size: .78rem; }
            th, td { padding: .25rem .3rem; }
            th:first-child, td:first-child { min-width: 5rem; }
        }
        @media (max-width: 900px) { .beside { grid-template-columns: minmax(0, 1fr); } }

        """
}
