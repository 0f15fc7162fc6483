/* Draws figures that the server sends as JSON, in the colours and fonts of the stylesheet.

   <div class="chart" data-chart="some-id"> holds the drawing (an element with hx-preserve, which changes in place when
   its surroundings are swapped) and <script id="some-id" type="application/json"> holds the figure. Without data-kind
   the figure is the bars of an answer; they are also a list in HTML (_bars.html), which is shown until plotly.js has
   drawn them. data-kind="plot" is any other figure with axes; its traces name their colour in `meta`
   (training/pages/charts.py).

   plotly.js is large: it would block a phone for half a second. It is loaded after the page, when the browser is idle;
   for bars, which are already there in HTML, not before the person has paused. */
(() => {
  const { plotly, plotlyRules } = document.currentScript.dataset;
  const LABEL_ROOM = 70; // px after the longest bar for "> 99.9 %"; .bar-list leaves the same
  const PAUSE_MS = 3000;

  /* A colour of the stylesheet as rgb(), which plotly.js reads even if the token is a system colour. */
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.forcedColorAdjust = "none";
  document.body.append(probe);
  function colour(token) {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  }
  const font = () => getComputedStyle(document.body).fontFamily;

  const isHighest = (shares) => {
    const highest = Math.max(...shares);
    return (share) => share === highest;
  };

  function showBars(list, trace) {
    const marks = trace.x.map(isHighest(trace.x));
    [...list.children].forEach((row, at) => {
      const width = `${(100 * trace.x[at]).toFixed(2)}%`;
      row.classList.toggle("bar-list__row--highest", marks[at]);
      row.querySelector(".bar-list__digit").textContent = trace.y[at];
      row.querySelector("rect").setAttribute("width", width);
      const text = row.querySelector("text");
      text.setAttribute("x", width);
      text.textContent = trace.text[at];
    });
  }

  function themed(figure, width) {
    const best = colour("bar-highest");
    const rest = colour("bar");
    const data = figure.data.map((trace) => {
      const marked = isHighest(trace.x);
      return {
        ...trace,
        hoverinfo: "skip",
        cliponaxis: false,
        marker: { ...trace.marker, cornerradius: 4, color: trace.x.map((share) => (marked(share) ? best : rest)) },
        textfont: { color: colour("text"), size: 14 },
      };
    });
    const axis = (given) => ({ zeroline: false, showgrid: false, fixedrange: true, ...given });
    const layout = {
      height: 290,
      margin: { l: 28, r: 4, t: 4, b: 4 },
      ...figure.layout,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: font(), size: 16, color: colour("text") },
      xaxis: axis(figure.layout?.xaxis),
      yaxis: axis({ ...figure.layout?.yaxis, ticks: "outside", ticklen: 8, tickcolor: "rgba(0,0,0,0)" }),
    };
    // Only the browser knows the width, and so the share of the axis that this room needs.
    const bars = width - layout.margin.l - layout.margin.r;
    layout.xaxis.range = [0, bars / Math.max(bars - LABEL_ROOM, 40)];
    return { data, layout };
  }

  const colourOf = (trace) => colour(trace.meta || "ink");

  function themedPlot(figure) {
    const data = figure.data.map((trace) => ({
      ...trace,
      line: { ...trace.line, color: colourOf(trace) },
      marker: { ...trace.marker, color: colourOf(trace), ...(trace.type === "bar" && { cornerradius: 3 }) },
    }));
    const axis = (given) => ({
      zeroline: false,
      gridcolor: colour("line"),
      tickfont: { color: colour("muted"), size: 13 },
      automargin: false,
      ...given,
      title: { ...given.title, font: { color: colour("muted"), size: 13 } },
    });
    return {
      data,
      layout: {
        ...figure.layout,
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        font: { family: font(), size: 14, color: colour("text") },
        xaxis: { ...axis(figure.layout.xaxis), showgrid: false, showline: true, linecolor: colour("line") },
        yaxis: axis(figure.layout.yaxis),
      },
    };
  }

  function draw(chart) {
    const place = chart.querySelector(".chart__drawing");
    const bars = chart.querySelector(".bar-list");
    const source = document.getElementById(chart.dataset.chart);
    if (!place) return;
    // A state without an answer hides the chart. It is not removed: plotly.js may still be drawing it.
    place.hidden = !source;
    if (!source) return;
    const figure = JSON.parse(source.textContent);
    if (bars) showBars(bars, figure.data[0]);
    if (!place.clientWidth) return; // a closed chart is drawn when it is opened
    if (!window.Plotly) {
      if (bars) loadAfterPause();
      else whenIdle(load);
      return;
    }
    const { data, layout } = chart.dataset.kind === "plot" ? themedPlot(figure) : themed(figure, place.clientWidth);
    Plotly.react(place, data, layout, { staticPlot: true, displayModeBar: false });
    bars?.classList.add("bar-list--drawn");
  }

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

  let asked = false;
  function load() {
    if (asked) return;
    asked = true;
    // This id and class keep plotly.js from writing a style element, which our Content-Security-Policy refuses.
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: plotlyRules });
    style.id = "plotly.js-style-global";
    style.className = "no-inline-styles";
    const script = Object.assign(document.createElement("script"), { src: plotly });
    script.addEventListener("load", drawAll);
    script.addEventListener("error", () => { asked = false; }); // the next change tries again
    document.head.append(style, script);
  }

  function whenIdle(then) {
    if (document.readyState !== "complete") window.addEventListener("load", () => whenIdle(then), { once: true });
    else if (window.requestIdleCallback) requestIdleCallback(then, { timeout: 5000 });
    else setTimeout(then, 200); // Safari
  }

  let lastInput = 0;
  let waiting = false;
  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll"]) {
    document.addEventListener(kind, (event) => { lastInput = event.timeStamp; }, { capture: true, passive: true });
  }
  window.addEventListener("load", (event) => { lastInput = event.timeStamp; });

  function loadAfterPause() {
    if (waiting || asked) return;
    const left = lastInput + PAUSE_MS - performance.now();
    if (left <= 0 && document.readyState === "complete") return whenIdle(load);
    waiting = true;
    setTimeout(() => { waiting = false; loadAfterPause(); }, Math.max(left, 100));
  }

  document.addEventListener("htmx:afterSwap", drawAll);
  document.addEventListener("themechange", drawAll);
  document.addEventListener("toggle", drawAll, true);
  document.addEventListener("change", drawAll); // another digit of a number is shown
  window.addEventListener("resize", drawAll);
  matchMedia("(forced-colors: active)").addEventListener("change", drawAll);
  drawAll();
})();
