// Loss curves: of the selected settings, or of each value of a setting, with bands.
//
// For a value that is either the best setting that has it, or all settings that do: an average over
// all of them is near the baseline where most settings fail.

const MOST_LINES = 120; // of single settings in grey; of more there are bands of quantiles
const MOST_GROUPS = 8; // as there are colours
const MOST_SEEDS = 200; // lines of single trials in one group
const BAND = [0.25, 0.5, 0.75];
const CURVES_CEILING = 3; // times the highest baseline: nobody needs the shape of a worse curve
const CURVES_OF = [
  ["best", "the best setting of each value"],
  ["all", "all settings of each value"],
];

function startCurves() {
  byId("curves-controls").append(
    ...(axes.length ? groupControls() : []),
    checkbox("curves-seeds", "single seeds", false, (seeds) => update({ seeds })),
    button("Clear the selection", { id: "curves-clear", onclick: () => update({ selected: [] }) }),
  );
}

function groupControls() {
  const options = [["", "no setting"], ...axes.map((axis) => [axis.name, axis.name])];
  return [
    choice("curves-by", "A line for each value of", options, "", (by) =>
      update({ by, selected: [] }),
    ),
    choice("curves-of", "showing", CURVES_OF, "", (curvesOf) => update({ curvesOf, selected: [] })),
  ];
}

function drawCurves() {
  if (axes.length) {
    byId("curves-by").value = state.by;
    byId("curves-of").value = state.curvesOf;
    byId("curves-of").disabled = !axisNamed(state.by);
  }
  byId("curves-seeds").checked = state.seeds;
  byId("curves-clear").hidden = !state.selected.length;
  const groups = curveGroups();
  const hasBands = shown.length > MOST_LINES;
  const background = hasBands ? backgroundBands() : backgroundLines();
  const foreground = groups.flatMap(groupTraces);
  const scale = lossScale(scaledLosses(background, foreground), CURVES_CEILING);
  const traces = [...background, ...foreground];
  const isEmpty = !traces.some(canBeSeen);
  drawLegend(isEmpty ? [] : groups);
  if (isEmpty) return writeInPlace("curves", noCurvesText());
  const plot = drawPlot("curves", clipped(traces, scale), curvesLayout(scale));
  plot.on("plotly_click", ({ points: [{ customdata: row }] }) => {
    if (row >= 0) toggleSelected(row);
  });
  byId("curves-caption").textContent = curvesCaption(groups, hasBands, scale);
}

// Whether a trace has a loss at two epochs in a row, which makes a line, or at the only epoch.
function canBeSeen({ y, fill }) {
  const isLine = (loss, i) => Number.isFinite(loss) && (nEpochs === 1 || Number.isFinite(y[i + 1]));
  return !fill && y.some(isLine);
}

function noCurvesText() {
  if (!shown.length) return NO_SETTING;
  if (!trialsOf(shown).length) return "There is no curve: every trial shown failed.";
  return (
    "There is no curve: of each setting shown, half of the trials or more diverged in the " +
    "first two epochs."
  );
}

// A line, or a dot where there is one epoch.
const lineStyle = (own, width) =>
  nEpochs === 1
    ? { mode: "markers", marker: { color: own, size: 4 + 2 * width }, line: { width } }
    : { mode: "lines", line: { color: own, width } };

// What there is a coloured line for: `rows` are its settings, `row` is the only one or -1, and
// `detail` is what `text` leaves out of it.
function curveGroups() {
  if (state.selected.length) {
    return state.selected.map((row, place) => ({
      text: settingText(row),
      rows: [row],
      row,
      place,
    }));
  }
  if (shown.length === 1) return [{ text: settingText(shown[0]), rows: shown, row: -1, place: 0 }];
  const axis = axisNamed(state.by);
  if (!axis) return [];
  return valueGroups(axis).map((group, place) => ({ ...group, place }));
}

// The settings shown by their values on an axis. Of many values the best ones are drawn, or, if all
// settings are taken together, values that are evenly spaced.
function valueGroups(axis) {
  const groups = shownLabels(axis).map((label) => ({
    text: `${axis.name} ${label}`,
    rows: [],
    row: -1,
  }));
  for (const row of shown) groups[shownCode(axis, row)].rows.push(row);
  const filled = groups.filter((group) => group.rows.length);
  if (state.curvesOf === "all") return thinned(filled, MOST_GROUPS);
  const best = filled.map(({ text, rows: [row] }) => ({
    text,
    rows: [row],
    row,
    detail: settingText(row, axis),
  }));
  const last = best.map(({ row }) => row).sort((a, b) => a - b)[MOST_GROUPS - 1] ?? nSettings;
  return best.filter(({ row }) => row <= last); // the rows are in the order of their ranks
}

// The median of each setting shown, in one trace with gaps.
function backgroundLines() {
  const trace = {
    x: [],
    y: [],
    customdata: [],
    ...lineStyle(colour("faint"), 1),
  };
  for (const row of shown) {
    const members = trialsOf([row]);
    const [median] = curveQuantiles(members, [0.5]);
    for (let epoch = 0; epoch < epochsOf(members); epoch++) {
      trace.x.push(curves.epochs[epoch]);
      trace.y.push(median[epoch]);
      trace.customdata.push(row);
    }
    trace.x.push(null);
    trace.y.push(null);
    trace.customdata.push(row);
  }
  const text = trace.customdata.map((row) => escapeMarkup(settingText(row)));
  return [{ ...trace, text, hovertemplate: "%{text}<br>epoch %{x}: %{y:.4g}<extra></extra>" }];
}

function backgroundBands() {
  const shares = [0.05, 0.25, 0.5, 0.75, 0.95];
  const [lowest, low, median, high, highest] = curveQuantiles(trialsOf(shown), shares);
  const style = lineStyle(colour("muted"), 1.5);
  return [
    band(lowest, highest, nEpochs, colour("faint"), 0.35),
    band(low, high, nEpochs, colour("faint"), 0.6),
    { x: curves.epochs, y: Array.from(median), ...style, hoverinfo: "skip" },
  ];
}

// The area between two curves: along the upper one, and back along the lower one.
function band(low, high, n, fill, opacity) {
  const x = curves.epochs.slice(0, n);
  return {
    x: [...x, ...x.slice().reverse()],
    y: [...high.subarray(0, n), ...low.slice(0, n).reverse()],
    mode: "lines",
    line: { width: 0 },
    fill: "toself",
    fillcolor: translucent(fill, opacity),
    hoverinfo: "skip",
  };
}

// The median of a group, its band, and on demand its single trials.
function groupTraces(group) {
  const members = trialsOf(group.rows);
  if (!members.length) return [];
  const own = seriesColour(group.place);
  const n = epochsOf(members);
  const [low, median, high] = curveQuantiles(members, BAND);
  const seeds = state.seeds ? thinned(members, MOST_SEEDS) : [];
  const text = group.row < 0 ? group.text : settingText(group.row);
  return [
    ...(members.length > 1 ? [band(low, high, n, own, 0.16)] : []),
    ...seeds.map((trial) => ({
      x: curves.epochs,
      y: seedLosses(trial),
      mode: "lines",
      line: { color: own, width: 1, dash: "dot" },
      hovertemplate: `${trialIds[trial]}<br>epoch %{x}: %{y:.4g}<extra></extra>`,
    })),
    {
      x: curves.epochs.slice(0, n),
      y: Array.from(median.subarray(0, n)),
      ...lineStyle(own, 2.5),
      customdata: Array(n).fill(group.row),
      hovertemplate: `${escapeMarkup(text)}<br>epoch %{x}: %{y:.4g}<extra></extra>`,
    },
  ];
}

// The losses that the axis must show: those of the coloured lines, else of the grey ones, but not
// the upper ends of bands; and the baselines.
function* scaledLosses(background, foreground) {
  for (const trace of foreground.length ? foreground : background) {
    for (const loss of trace.fill ? trace.y.slice(trace.y.length / 2) : trace.y)
      if (loss !== null) yield loss;
  }
  for (const [, loss] of baselines) yield loss;
}

// Bands go on above the upper edge; a line ends where it is infinite.
function clipped(traces, { high }) {
  return traces.map((trace) => {
    const beyond = trace.fill ? 10 * high : null;
    return { ...trace, y: trace.y.map((loss) => (loss === Infinity ? beyond : loss)) };
  });
}

function curvesLayout({ low, high, logarithmic, on, ticks }) {
  const margin = 0.04 * (on(high) - on(low));
  const atEnd = { xref: "paper", x: 1, xanchor: "right", yanchor: "bottom", showarrow: false };
  const font = { color: colour("muted"), size: 12 };
  const lastEpoch = curves.epochs[nEpochs - 1];
  return {
    height: 420,
    margin: { l: 72, r: 12, t: 10, b: 46 }, // fixed, since Plotly draws twice to find them
    hovermode: "closest",
    shapes: baselines.map(([, loss]) => ({
      type: "line",
      xref: "paper",
      x0: 0,
      x1: 1,
      y0: loss,
      y1: loss,
      line: { dash: "dash", width: 1.5, color: colour("muted") },
    })),
    annotations: baselines.map(([name, loss]) => ({
      ...atEnd,
      y: on(loss),
      text: escapeMarkup(name ? `baseline: ${name}` : "baseline"),
      font,
    })),
    xaxis: {
      title: { text: "epoch" },
      automargin: false,
      ...(lastEpoch < 8 ? { dtick: 1 } : {}),
      ...(nEpochs === 1 ? { range: [-0.5, 0.5] } : {}),
    },
    yaxis: {
      automargin: false,
      title: { text: data.loss.label },
      type: logarithmic ? "log" : "linear",
      tickformat: "~g",
      dtick: !logarithmic ? null : high < 1000 * low ? "D2" : 1, // "D2": at 1, 2 and 5 of a decade
      range: [on(low) - margin, on(high) + margin],
      // Plotly's own ticks overlap where there are about two decades.
      ...(logarithmic ? { tickvals: ticks } : {}),
    },
  };
}

function drawLegend(groups) {
  byId("curves-legend").replaceChildren(
    ...groups.map((group) => {
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = seriesColour(group.place);
      const detail = group.detail ? element("span", { class: "detail" }, group.detail) : null;
      const remove = state.selected.length
        ? button("\u00d7", {
            class: "link",
            "aria-label": `Remove ${group.text}`,
            onclick: () => toggleSelected(group.row),
          })
        : null;
      return element("li", {}, swatch, element("span", {}, group.text), detail, remove);
    }),
  );
}

function curvesCaption(groups, hasBands, { cuts, high }) {
  const parts = [];
  if (groups.length) parts.push("Lines: the median over trials; bands: the middle half of them.");
  if (shown.length > 1)
    parts.push(
      hasBands
        ? "Grey: the median, the middle half and the middle 90 % of all " +
            `${countText(shown.length, "setting")} shown.`
        : "Grey: the median of each setting shown; click one to select it.",
    );
  if (groups.length)
    parts.push(`The axis fits the coloured lines${cuts ? `, up to ${numberText(high, 2)}` : ""}.`);
  parts.push(
    "A diverged trial counts as infinite from that epoch on; " +
      "one that ended early keeps its last loss.",
  );
  if (curves.every > 1) parts.push(`The page has every ${curves.every}th epoch.`);
  return parts.join(" ") + leftOutValues(groups);
}

function leftOutValues(groups) {
  const axis = axisNamed(state.by);
  if (!axis || state.selected.length || groups.length < MOST_GROUPS) return "";
  const n = new Set(Array.from(shown, (row) => shownCode(axis, row))).size;
  const which = state.curvesOf === "all" ? "evenly spaced ones" : "the best";
  return n > groups.length ? ` Of ${n} values there are lines for ${groups.length}, ${which}.` : "";
}
