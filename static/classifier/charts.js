/* Draws figures that the server sends as JSON, in the colours and fonts of the stylesheet.

   <div class="chart" data-chart="some-id"> holds the drawing (an element with hx-preserve, which changes in place when
   its surroundings are swapped) and <script id="some-id" type="application/json"> holds the figure. Without data-kind
   the figure is the bars of an answer. data-kind="plot" is any other figure with axes; its traces name their colour
   in `meta` (training/pages/charts.py). */
(() => {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const LABEL_ROOM = 70; // px after the longest bar for "> 99.9 %"

  function themed(figure, width) {
    const best = token("--ink");
    const rest = token("--bar");
    const data = figure.data.map((trace) => {
      const most = Math.max(...trace.x); // while a person draws, the bars are in the order 0 to 9
      return {
        ...trace,
        hoverinfo: "skip",
        cliponaxis: false,
        marker: { ...trace.marker, cornerradius: 4, color: trace.x.map((share) => (share === most ? best : rest)) },
        textfont: { color: token("--text"), size: 14 },
      };
    });
    const axis = (given) => ({ zeroline: false, showgrid: false, fixedrange: true, ...given });
    const layout = {
      height: 290,
      margin: { l: 28, r: 4, t: 4, b: 4 },
      ...figure.layout,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: token("--font"), size: 16, color: token("--text") },
      xaxis: axis(figure.layout?.xaxis),
      yaxis: axis({ ...figure.layout?.yaxis, ticks: "outside", ticklen: 8, tickcolor: "rgba(0,0,0,0)" }),
    };
    // Only the browser knows the width, and so the share of the axis that this room needs.
    const bars = width - layout.margin.l - layout.margin.r;
    layout.xaxis.range = [0, bars / Math.max(bars - LABEL_ROOM, 40)];
    return { data, layout };
  }

  const tokenOf = (trace) => token(`--${trace.meta || "ink"}`);

  function themedPlot(figure) {
    const data = figure.data.map((trace) => ({
      ...trace,
      line: { ...trace.line, color: tokenOf(trace) },
      marker: { ...trace.marker, color: tokenOf(trace), ...(trace.type === "bar" && { cornerradius: 3 }) },
    }));
    const axis = (given) => ({
      zeroline: false,
      gridcolor: token("--line"),
      tickfont: { color: token("--muted"), size: 13 },
      automargin: false,
      ...given,
      title: { ...given.title, font: { color: token("--muted"), size: 13 } },
    });
    return {
      data,
      layout: {
        ...figure.layout,
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: token("--font"), size: 14, color: token("--text") },
        xaxis: { ...axis(figure.layout.xaxis), showgrid: false, showline: true, linecolor: token("--line") },
        yaxis: axis(figure.layout.yaxis),
      },
    };
  }

  function draw(chart) {
    const place = chart.querySelector("[hx-preserve]");
    const source = document.getElementById(chart.dataset.chart);
    if (!place || !window.Plotly) return;
    // A state without an answer hides the chart. It is not removed: plotly.js may still be drawing it.
    place.hidden = !source;
    if (!source || !place.clientWidth) return; // a closed chart is drawn when it is opened
    const figure = JSON.parse(source.textContent);
    const { data, layout } = chart.dataset.kind === "plot" ? themedPlot(figure) : themed(figure, place.clientWidth);
    Plotly.react(place, data, layout, { staticPlot: true, displayModeBar: false });
  }

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);
  document.addEventListener("htmx:afterSwap", drawAll);
  document.addEventListener("themechange", drawAll);
  document.addEventListener("toggle", drawAll, true);
  document.addEventListener("change", drawAll); // another digit of a number is shown
  window.addEventListener("resize", drawAll);
  drawAll();
})();
