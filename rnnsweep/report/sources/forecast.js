// The forecasts of the best network, with the truth and the naive forecasts.

const LAST_ROWS = 120;
const FORECAST_RANGES = [
  ["test", "the test part"],
  ["last", `its last ${LAST_ROWS} rows`],
  ["all", "validation and test part"],
];
const FIRST_NUMBER = 2; // of the columns of errors
const SYMBOLS = ["circle", "square", "diamond"]; // page.css draws them in the legend

function startForecast() {
  const { forecast } = data;
  if (!forecast) return;
  byId("forecast-title").textContent = `Forecast of ${forecast.target}`;
  byId("forecast-verdict").textContent = forecast.verdict;
  const ranges = FORECAST_RANGES.filter(([word]) => word !== "last" || !forecast.of_sequences);
  byId("forecast-controls").append(
    choice("forecast-rows", "showing", ranges, "", (forecastRows) => update({ forecastRows })),
    button("the network's trial", {
      class: "link",
      onclick: () => update({ trial: trialIds.indexOf(forecast.trial_id) }),
    }),
  );
  const cell = (tag, attributes) => (text, column) =>
    element(tag, { ...attributes, class: column >= FIRST_NUMBER ? "number" : null }, text);
  const unit = forecast.of_sequences ? "sequences" : "rows";
  const headings = ["part", "forecast", unit, "RMSE", "MAE"];
  const rows = forecast.errors.map((own) => [
    own.part,
    own.predictor,
    String(own.n),
    ...Array.from(own.rmse_mae, (error) => numberText(error)),
  ]);
  byId("forecast-errors").append(
    element("thead", {}, element("tr", {}, ...headings.map(cell("th", { scope: "col" })))),
    element("tbody", {}, ...rows.map((texts) => element("tr", {}, ...texts.map(cell("td", {}))))),
  );
}

let forecastShown = ""; // what the plot shows: filters of settings do not change it

function drawForecast() {
  const { forecast } = data;
  if (!forecast) return;
  const select = byId("forecast-rows");
  select.value = state.forecastRows;
  if (select.selectedIndex < 0) select.value = initial.forecastRows; // from another page's address
  const { theme } = document.documentElement.dataset;
  const asked = [select.value, theme, byId("forecast-plot").clientWidth].join();
  if (asked === forecastShown) return;
  forecastShown = asked;
  const firstLast = Math.max(forecast.first_test, forecast.rows.length - LAST_ROWS);
  const from = { all: 0, test: forecast.first_test, last: firstLast }[select.value];
  const view = forecast.of_sequences ? forecastOverTruth : forecastOverTime;
  const { traces, ...layout } = view(forecast, from);
  const names = ["truth", ...forecast.predictions.map(({ name }) => name)];
  byId("forecast-legend").replaceChildren(
    ...names.map((name) => legendItem(traces.find((trace) => trace.name === name))),
  );
  Plotly.react(
    "forecast-plot",
    traces,
    plotLayout({ height: 380, hovermode: "closest", ...layout }),
    PLOT_CONFIG,
  );
  byId("forecast-caption").textContent = forecastCaption(forecast, from);
}

// Truth and forecasts as lines along the rows, which are in the order of time.
function forecastOverTime(forecast, from) {
  const x = Array.from(forecast.rows.subarray(from));
  const timeOf = (place) =>
    forecast.times ? `${forecast.times[from + place]}, row ${x[place]}` : `row ${x[place]}`;
  const times = x.map((_, place) => escapeMarkup(timeOf(place)));
  const line = (name, values, style) => ({
    x: withGaps(x, x),
    y: withGaps(x, values.subarray(from)),
    customdata: withGaps(x, times),
    name,
    mode: "lines",
    line: style,
    hovertemplate: `${escapeMarkup(name)}<br>%{customdata}: %{y:.5g}<extra></extra>`,
  });
  const styles = forecast.predictions.map((_, i) =>
    i
      ? { color: seriesColour(i), width: 1.5, dash: ["dot", "dash", "dashdot"][(i - 1) % 3] }
      : { color: seriesColour(0), width: 2.5 },
  );
  const start = forecast.rows[forecast.first_test];
  const atStart = {
    type: "line",
    yref: "paper",
    y0: 0,
    y1: 1,
    x0: start,
    x1: start,
    line: { color: colour("muted"), dash: "dash" },
  };
  const ticks = forecast.times
    ? timeTicks(
        x,
        forecast.times.slice(from).map((time) => shortLabel(String(time))),
        byId("forecast-plot").clientWidth,
      )
    : { title: { text: "row" } };
  return {
    traces: [
      line("truth", forecast.truth, { color: colour("text"), width: 2 }),
      ...forecast.predictions.map(({ name, values }, i) => line(name, values, styles[i])),
    ],
    shapes: from < forecast.first_test ? [atStart] : [],
    xaxis: ticks,
    yaxis: { title: { text: shortLabel(forecast.target) } },
  };
}

// The forecasts of independent sequences as points over the true values, the line of right ones.
function forecastOverTruth(forecast, from) {
  const x = Array.from(forecast.truth.subarray(from));
  const ends = [
    x.reduce((low, value) => Math.min(low, value)),
    x.reduce((high, value) => Math.max(high, value)),
  ];
  const diagonal = {
    x: ends,
    y: ends,
    name: "truth",
    mode: "lines",
    line: { color: colour("text"), width: 2 },
    hoverinfo: "skip",
  };
  const points = forecast.predictions.map(({ name, values }, i) => ({
    x,
    y: Array.from(values.subarray(from)),
    customdata: Array.from(forecast.rows.subarray(from)),
    name,
    mode: "markers",
    marker: {
      color: seriesColour(i),
      size: 5,
      opacity: 0.6,
      symbol: SYMBOLS[i % SYMBOLS.length],
    },
    line: { color: seriesColour(i) },
    hovertemplate:
      `${escapeMarkup(name)}<br>sequence %{customdata}: %{y:.5g}, ` +
      "truth %{x:.5g}<extra></extra>",
  }));
  const [network, ...naive] = points;
  return {
    traces: [diagonal, ...naive, network], // the network's points are over the others
    xaxis: { title: { text: `true value of ${shortLabel(forecast.target)}` } },
    yaxis: { title: { text: "forecast" } },
  };
}

function forecastCaption(forecast, from) {
  const sentences = [`Forecasts are ${forecast.ahead}.`];
  if (forecast.of_sequences) {
    sentences.push("Each point is the last target of a sequence; right forecasts are on the line.");
  } else if (from < forecast.first_test) {
    sentences.push("The dashed line is where the test part begins.");
  }
  return [...sentences, forecast.left_out].filter((sentence) => sentence).join(" ");
}

// Ticks with the names of rows, as far apart as the longest of them is wide.
function timeTicks(rows, names, pixels) {
  const widest = LETTER * (2 + names.reduce((most, name) => Math.max(most, name.length), 0));
  const apart = (widest / Math.max(pixels - 80, widest)) * (rows[rows.length - 1] - rows[0]);
  let last = -Infinity;
  const places = rows.flatMap((row, place) => {
    if (row < last + apart) return [];
    last = row;
    return [place];
  });
  return {
    tickvals: places.map((place) => rows[place]),
    ticktext: places.map((place) => names[place]),
  };
}

// The values with a null where rows are left out, which interrupts a line.
function withGaps(rows, values) {
  return rows.flatMap((row, i) => (i && row - rows[i - 1] > 1 ? [null, values[i]] : [values[i]]));
}

function legendItem({ name, line, marker }) {
  const swatch = element("span", { class: marker ? `swatch ${marker.symbol}` : "swatch" });
  swatch.style.background = line.dash
    ? `repeating-linear-gradient(90deg, ${line.color} 0 4px, transparent 4px 7px)`
    : line.color;
  return element("li", {}, swatch, element("span", {}, name));
}
