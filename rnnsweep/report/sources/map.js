// Maps over two settings, with a panel for each value of a third: of losses, and of divergence.

const PANEL_WIDTH = 230; // px, the least
const MOST_PANELS = 24;
const MOST_TEXTS = 400; // cells with a number written into them
const CELL_FOR_TEXT = 46; // px

const MAP_NUMBERS = [
  ["best", "the best setting in a cell"],
  ["median", "the median of all trials in a cell"],
];

function startMaps() {
  const names = axes.map((axis) => [axis.name, axis.name]);
  const controls = (prefix) => [
    choice(`${prefix}-x`, "across", names, "", (mapX) => update({ mapX })),
    choice(`${prefix}-y`, "up", names, "", (mapY) => update({ mapY })),
    choice(`${prefix}-panels`, "a panel for each", [["", "no setting"], ...names], "", (mapPanels) => update({ mapPanels })),
  ];
  byId("map-controls").append(...controls("map"), choice("map-of", "showing", MAP_NUMBERS, "", (mapOf) => update({ mapOf })));
  byId("divergence-controls").append(...controls("divergence"));
  byId("map").hidden = axes.length < 2;
  byId("divergence").hidden = axes.length < 2 || !settings.n_diverged.some((n) => n > 0);
}

function drawMapControls(prefix) {
  byId(`${prefix}-x`).value = state.mapX;
  byId(`${prefix}-y`).value = state.mapY;
  byId(`${prefix}-panels`).value = state.mapPanels;
}

// The cells of the map: labels along x and y, panels, and the cell of each setting.
function mapCells() {
  const [x, y] = [axisNamed(state.mapX), axisNamed(state.mapY)];
  if (!x || !y || x === y) return null;
  const panels = [x, y].includes(axisNamed(state.mapPanels)) ? undefined : axisNamed(state.mapPanels);
  const used = { x: new Set(), y: new Set(), panels: new Set() };
  for (const row of shown) {
    used.x.add(shownCode(x, row));
    used.y.add(shownCode(y, row));
    used.panels.add(panels ? shownCode(panels, row) : 0);
  }
  const [xs, ys, all] = [used.x, used.y, used.panels].map((codes) => [...codes].sort((a, b) => a - b));
  const parts = all.slice(0, MOST_PANELS);
  const place = (codes) => new Map(codes.map((code, i) => [code, i]));
  const [xPlace, yPlace, part] = [place(xs), place(ys), place(parts)];
  const size = xs.length * ys.length;
  const cellOf = new Int32Array(nSettings).fill(-1);
  for (const row of shown) {
    const panel = part.get(panels ? shownCode(panels, row) : 0);
    if (panel !== undefined) cellOf[row] = panel * size + yPlace.get(shownCode(y, row)) * xs.length + xPlace.get(shownCode(x, row));
  }
  return { x, y, panels, xs, ys, parts, size, cellOf, n: size * parts.length, nLeftOut: all.length - parts.length };
}

function drawMap() {
  drawMapControls("map");
  byId("map-of").value = state.mapOf;
  const cells = mapCells();
  if (!cells) return drawNoMap("map");
  const { n, nDiverged, quantiles: [median] } = groupScores(cells.cellOf, cells.n, [0.5]);
  const losses = state.mapOf === "best" ? bestScores(cells) : median;
  const texts = Array.from(losses, (loss, cell) => (n[cell] ? (loss === Infinity ? "div." : numberText(loss, 3)) : ""));
  const hovers = texts.map((value, cell) => `${data.loss.label}: ${value === "div." ? "diverged" : value}<br>${countText(n[cell], "trial")}, ${nDiverged[cell]} diverged`);
  const scale = lossScale(losses);
  const values = Array.from(losses, (loss) => (Number.isFinite(loss) ? scale.on(Math.min(loss, scale.high)) : null));
  drawPanels("map", cells, values, texts, hovers, {
    colorscale: "Viridis", reversescale: document.documentElement.dataset.theme !== "dark",
    cmin: scale.on(scale.low), cmax: scale.on(scale.high), showscale: !scale.isEmpty,
    colorbar: {
      title: { text: data.loss.label, side: "right" }, thickness: 12,
      tickvals: scale.ticks.map(scale.on), ticktext: scale.ticks.map((tick) => numberText(tick, 2)),
    },
  });
  byId("map-caption").textContent = `${state.mapOf === "best"
    ? "A cell shows its best setting: the lowest median loss over seeds."
    : "A cell shows the median of all its trials, whatever their other settings."} Click a cell to filter for it.${ceilingText(scale)}${leftOutText(cells)}`;
}

function drawDivergence() {
  drawMapControls("divergence");
  const cells = mapCells();
  if (!cells) return drawNoMap("divergence");
  const { n, nDiverged } = groupScores(cells.cellOf, cells.n, []);
  const epochs = groupDivergence(cells.cellOf, cells.n);
  const values = Array.from(n, (count, cell) => (count ? nDiverged[cell] / count : null));
  const texts = values.map((share, cell) => (share === null ? "" : share ? `${Math.round(100 * share)} %<br>ep. ${numberText(epochs[cell], 3)}` : "0"));
  const hovers = values.map((share, cell) => `${nDiverged[cell]} of ${countText(n[cell], "trial")} diverged${share ? `<br>median epoch ${numberText(epochs[cell], 3)}` : ""}`);
  drawPanels("divergence", cells, values, texts, hovers, {
    colorscale: [[0, colour("panel")], [1, colour("bad")]], cmin: 0, cmax: 1, showscale: true,
    colorbar: { title: { text: "share diverged", side: "right" }, thickness: 12, tickformat: ".0%" },
  });
  byId("divergence-caption").textContent = `The share of a cell's trials that diverged, and the median epoch (from 0) in which they did.${leftOutText(cells)}`;
}

const leftOutText = (cells) => (cells.nLeftOut ? ` Only the first ${MOST_PANELS} panels are drawn; ${cells.nLeftOut} are left out.` : "");

// The lowest score of the settings in each cell; NaN for an empty one.
function bestScores({ cellOf, n }) {
  const best = new Float64Array(n).fill(NaN);
  for (const row of shown) {
    const cell = cellOf[row];
    if (cell >= 0 && !(best[cell] <= settings.score[row])) best[cell] = settings.score[row];
  }
  return best;
}

function drawNoMap(id) {
  Plotly.purge(`${id}-plot`);
  byId(`${id}-plot`).textContent = "Choose two different settings for the map.";
}
