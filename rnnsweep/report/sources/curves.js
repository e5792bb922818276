// Loss curves: of the selected settings, or of each value of a setting, with bands.

const curves = data.curves;
const nEpochs = curves.epochs.length;
const FIRST_CODE = 1, LAST_CODE = 65534, INFINITE = 65535;
const MOST_LINES = 120; // of single settings in the background; bands of quantiles if there are more
const MOST_GROUPS = 8;

const lossOfCode = Float64Array.from({ length: 65536 }, (_, code) => {
  if (code < FIRST_CODE) return NaN;
  if (code === INFINITE) return Infinity;
  return Math.exp(curves.low + ((code - FIRST_CODE) / (LAST_CODE - FIRST_CODE)) * (curves.high - curves.low));
});

// For each share the quantiles after each epoch of the losses of some trials.
function curveQuantiles(members, shares) {
  const result = shares.map(() => new Float64Array(nEpochs));
  const n = members.length;
  const codes = new Uint16Array(n);
  const counts = n > 2000 ? new Uint32Array(65536) : null;
  for (let epoch = 0; epoch < nEpochs; epoch++) {
    const start = epoch * nTrials;
    if (counts) {
      counts.fill(0);
      for (let i = 0; i < n; i++) counts[curves.codes[start + members[i]]]++;
      let code = 0, seen = counts[0];
      shares.forEach((share, place) => {
        const wanted = share * (n - 1);
        while (seen <= wanted) seen += counts[++code];
        result[place][epoch] = lossOfCode[code];
      });
    } else {
      for (let i = 0; i < n; i++) codes[i] = curves.codes[start + members[i]];
      codes.sort();
      const losses = Array.from(codes, (code) => lossOfCode[code]);
      shares.forEach((share, place) => { result[place][epoch] = n ? quantile(losses, share) : NaN; });
    }
  }
  return result;
}

const BAND = [0.25, 0.5, 0.75];

// The trials of some settings that did not fail.
function trialsOf(rows) {
  const members = [];
  for (const row of rows) {
    for (let trial = settings.first[row]; trial < settings.first[row + 1]; trial++) {
      if (trials.status[trial] !== STATUS.failed) members.push(trial);
    }
  }
  return members;
}

// How many of the page's epochs the longest of some trials has.
function epochsOf(members) {
  let longest = 0;
  for (const trial of members) longest = Math.max(longest, trials.epochs_run[trial]);
  const after = curves.epochs.findIndex((epoch) => epoch >= longest);
  return after < 0 ? nEpochs : after;
}

// The groups of the foreground: selected settings, or the values of a setting.
function curveGroups() {
  if (state.selected.length) {
    return state.selected.map((row, place) => ({ text: settingText(row), rows: [row], row, place }));
  }
  const axis = axes.find((other) => other.name === state.by);
  if (!axis) return [];
  const binned = axis.range_labels.length > 0;
  const labels = binned ? axis.range_labels : axis.labels;
  const groups = labels.map((label) => ({ text: `${axis.name} ${label}`, rows: [] }));
  for (const row of shown) groups[binned ? axis.ranges[axis.codes[row]] : axis.codes[row]].rows.push(row);
  return groups.filter((group) => group.rows.length).slice(0, MOST_GROUPS).map((group, place) => ({ ...group, place }));
}

function startCurves() {
  const options = [["", "no setting"], ...axes.map((axis) => [axis.name, axis.name])];
  byId("curves-controls").append(
    choice("curves-by", "A line for each value of", options, state.by, (by) => update({ by })),
    checkbox("curves-seeds", "single seeds", state.seeds, (seeds) => update({ seeds })),
    element("button", { type: "button", id: "curves-clear", onclick: () => update({ selected: [] }) }, "Clear the selection"),
  );
}

function drawCurves() {
  byId("curves-by").value = state.by;
  byId("curves-seeds").checked = state.seeds;
  byId("curves-clear").hidden = !state.selected.length;
  const groups = curveGroups();
  const many = shown.length > MOST_LINES;
  const traces = many ? backgroundBands() : backgroundLines();
  for (const group of groups) traces.push(...groupTraces(group));
  const shapes = baselineLines();
  drawLegend(groups);
  byId("curves-caption").textContent = captionOf(groups, many);
  const [low, high] = lossLimits(traces);
  const logarithmic = high > 10 * low;
  Plotly.react("curves-plot", clipped(traces, high), plotLayout({
    height: 420,
    hovermode: "closest",
    shapes: shapes.map(([, loss]) => ({ type: "line", xref: "paper", x0: 0, x1: 1, y0: loss, y1: loss, line: { dash: "dash", width: 1.5, color: colour("muted") } })),
    annotations: shapes.map(([name, loss]) => ({ xref: "paper", x: 1, xanchor: "right", yanchor: "bottom", y: logarithmic ? Math.log10(loss) : loss, text: escapeMarkup(name), showarrow: false, font: { color: colour("muted"), size: 12 } })),
    xaxis: { title: { text: "epoch" } },
    yaxis: { title: { text: data.loss.label }, type: logarithmic ? "log" : "linear", exponentformat: "power", range: logarithmic ? [Math.log10(low), Math.log10(high)].map((x, i) => x + (i ? 0.03 : -0.03)) : [low - 0.05 * (high - low), high + 0.05 * (high - low)] },
  }), PLOT_CONFIG);
}

function backgroundLines() {
  const x = [], y = [], rows = [];
  for (const row of shown) {
    const members = trialsOf([row]);
    const n = epochsOf(members);
    const [median] = curveQuantiles(members, [0.5]);
    for (let epoch = 0; epoch < n; epoch++) {
      x.push(curves.epochs[epoch]); y.push(median[epoch]); rows.push(row);
    }
    x.push(null); y.push(null); rows.push(row);
  }
  return [{ x, y, customdata: rows, mode: "lines", line: { color: colour("faint"), width: 1 }, hoverinfo: "none", connectgaps: false }];
}

function backgroundBands() {
  const [lowest, low, median, high, highest] = curveQuantiles(trialsOf(shown), [0.05, 0.25, 0.5, 0.75, 0.95]);
  return [
    ...band(lowest, highest, nEpochs, colour("faint"), 0.35),
    ...band(low, high, nEpochs, colour("faint"), 0.6),
    { x: curves.epochs, y: Array.from(median), mode: "lines", line: { color: colour("muted"), width: 1.5 }, hoverinfo: "skip" },
  ];
}

function band(low, high, n, fill, opacity) {
  const x = curves.epochs.slice(0, n);
  const line = { width: 0 };
  return [
    { x, y: Array.from(low.subarray(0, n)), mode: "lines", line, hoverinfo: "skip" },
    { x, y: Array.from(high.subarray(0, n)), mode: "lines", line, fill: "tonexty", fillcolor: translucent(fill, opacity), hoverinfo: "skip" },
  ];
}

// A colour of the form #rrggbb with an opacity.
function translucent(hex, opacity) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${r},${g},${b},${opacity})`;
}

function groupTraces(group) {
  const members = trialsOf(group.rows);
  if (!members.length) return [];
  const own = seriesColour(group.place);
  const n = epochsOf(members);
  const [low, median, high] = curveQuantiles(members, BAND);
  const traces = members.length > 1 ? band(low, high, n, own, 0.18) : [];
  if (state.seeds && members.length <= 200) {
    for (const trial of members) traces.push(seedTrace(trial, own));
  }
  traces.push({
    x: curves.epochs.slice(0, n), y: Array.from(median.subarray(0, n)), mode: "lines", line: { color: own, width: 2.5 },
    customdata: Array(n).fill(group.row ?? -1),
    hovertemplate: `${escapeMarkup(group.text)}<br>epoch %{x}: %{y:.4g}<extra></extra>`,
  });
  return traces;
}

function seedTrace(trial, own) {
  const n = epochsOf([trial]);
  const y = Array.from({ length: n }, (_, epoch) => lossOfCode[curves.codes[epoch * nTrials + trial]]);
  return { x: curves.epochs.slice(0, n), y, mode: "lines", line: { color: own, width: 1, dash: "dot" }, hovertemplate: `${trialIds[trial]}<br>epoch %{x}: %{y:.4g}<extra></extra>` };
}

const baselineLines = () => Object.entries(data.baselines).filter(([, loss]) => loss > 0);

// Limits of the axis: all finite losses, up to ten times the largest baseline if there is one.
function lossLimits(traces) {
  let low = Infinity, high = -Infinity;
  const lines = baselineLines().map(([, loss]) => loss);
  const ceiling = lines.length ? 10 * Math.max(...lines) : Infinity;
  for (const { y } of traces) {
    for (const loss of y) {
      if (loss === null || !Number.isFinite(loss)) continue;
      if (loss < low) low = loss;
      if (loss > high) high = loss;
    }
  }
  for (const loss of lines) { low = Math.min(low, loss); high = Math.max(high, loss); }
  if (!(low <= high)) return [0.1, 1];
  high = Math.max(Math.min(high, ceiling), 2 * low);
  return [low, high];
}

// Infinite losses of a band are drawn at the upper edge; a line ends there.
function clipped(traces, high) {
  return traces.map((trace) => ({
    ...trace,
    y: trace.y.map((loss) => (loss === Infinity ? (trace.fill || trace.line.width === 0 ? high * 10 : null) : loss)),
  }));
}

function drawLegend(groups) {
  byId("curves-legend").replaceChildren(...groups.map((group) => {
    const swatch = element("span", { class: "swatch" });
    swatch.style.background = seriesColour(group.place);
    const remove = group.row === undefined ? null
      : element("button", { type: "button", class: "link", "aria-label": `Remove ${group.text}`, onclick: () => toggleSelected(group.row) }, "\u00d7");
    return element("li", {}, swatch, element("span", {}, group.text), remove);
  }));
}

function captionOf(groups, many) {
  const parts = [];
  if (groups.length) parts.push("Lines: the median over trials; bands: the middle half of them.");
  parts.push(many
    ? `Grey: median, middle half and middle 90 % of all ${countText(shown.length, "setting")} shown.`
    : "Grey: the median of each setting shown; click one to select it.");
  parts.push("A diverged trial counts as infinite from that epoch on; one that ended early keeps its last loss.");
  if (curves.every > 1) parts.push(`The page holds every ${curves.every}th epoch.`);
  return parts.join(" ");
}
