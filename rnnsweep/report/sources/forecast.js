// The forecasts of the best network, with the truth and the naive forecasts.

const LAST_ROWS = 120;
const FORECAST_RANGES = [
  ["test", "the test part"],
  ["last", `its last ${LAST_ROWS} rows`],
  ["all", "validation and test part"],
];
const ERROR_HEADINGS = ["part", "forecast", "rows", "RMSE", "MAE"];
const FIRST_NUMBER = 2; // of these headings

function startForecast() {
  const { forecast } = data;
  byId("forecast").hidden = !forecast;
  if (!forecast) return;
  byId("forecast-title").textContent = `Forecast of ${forecast.target}`;
  byId("forecast-verdict").textContent = forecast.verdict;
  byId("forecast-controls").append(
    choice("forecast-rows", "showing", FORECAST_RANGES, "", (forecastRows) =>
      update({ forecastRows }),
    ),
    button("the network's trial", {
      class: "link",
      onclick: () => update({ trial: trialIds.indexOf(forecast.trial_id) }),
    }),
  );
  const cell = (tag, attributes) => (text, column) =>
    element(tag, { ...attributes, class: column >= FIRST_NUMBER ? "number" : null }, text);
  const rows = forecast.errors.map((own) => [
    own.part,
    own.predictor,
    String(own.n),
    ...Array.from(own.rmse_mae, (error) => numberText(error)),
  ]);
  byId("forecast-errors").append(
    element("thead", {}, element("tr", {}, ...ERROR_HEADINGS.map(cell("th", { scope: "col" })))),
    element("tbody", {}, ...rows.map((texts) => element("tr", {}, ...texts.map(cell("td", {}))))),
  );
}

function drawForecast() {
  const { forecast } = data;
  if (!forecast) return;
  byId("forecast-rows").value = state.forecastRows;
  const n = forecast.rows.length;
  const firstLast = Math.max(forecast.first_test, n - LAST_ROWS);
  const firstOf = { all: 0, test: forecast.first_test, last: firstLast };
  const from = firstOf[state.forecastRows] ?? 0;
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
  const traces = [
    line("truth", forecast.truth, { color: colour("text"), width: 2 }),
    ...forecast.predictions.map(({ name, values }, i) => line(name, values, styles[i])),
  ];
  byId("forecast-legend").replaceChildren(...traces.map(legendItem));
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
  Plotly.react(
    "forecast-plot",
    traces,
    plotLayout({
      height: 380,
      hovermode: "closest",
      shapes: from < forecast.first_test ? [atStart] : [],
      xaxis: ticks,
      yaxis: { title: { text: shortLabel(forecast.target) } },
    }),
    PLOT_CONFIG,
  );
  const startText =
    from < forecast.first_test ? " The dashed line is where the test part begins." : "";
  byId("forecast-caption").textContent =
    `A forecast is for ${countText(forecast.horizon, "row")} after the last row that it knows.` +
    startText;
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

function legendItem({ name, line }) {
  const swatch = element("span", { class: "swatch" });
  swatch.style.background = line.dash
    ? `repeating-linear-gradient(90deg, ${line.color} 0 4px, transparent 4px 7px)`
    : line.color;
  return element("li", {}, swatch, element("span", {}, name));
}
