// Maps over two settings, with a panel for each value of a third: of losses, and of divergence.

const MOST_PANELS = 24;
const DIVERGED = "div.";

const noMapText = () => (shown.length ? "Choose two different settings for the map." : NO_SETTING);

const MAP_NUMBERS = [
  ["best", "the best setting in a cell"],
  ["median", "the median of all trials in a cell"],
];

function startMaps() {
  for (const id of ["map", "divergence"]) byId(`${id}-controls`).append(...mapControls(id));
  byId("map-controls").append(
    choice("map-of", "showing", MAP_NUMBERS, "", (mapOf) => update({ mapOf })),
  );
}

function mapControls(id) {
  const names = axes.map((axis) => [axis.name, axis.name]);
  return [
    choice(`${id}-x`, "across", names, "", (mapX) => update({ mapX })),
    choice(`${id}-y`, "up", names, "", (mapY) => update({ mapY })),
    choice(`${id}-panels`, "a panel for each", [["", "no setting"], ...names], "", (mapPanels) =>
      update({ mapPanels }),
    ),
  ];
}

function drawMapControls(id) {
  byId(`${id}-x`).value = state.mapX;
  byId(`${id}-y`).value = state.mapY;
  byId(`${id}-panels`).value = state.mapPanels;
}

// The cells of a map over the settings shown: the labels along x and y and of the panels, and the
// number of the cell that each setting belongs to. Null where there is no map.
function mapCells() {
  const [x, y, third] = [state.mapX, state.mapY, state.mapPanels].map(axisNamed);
  if (!x || !y || x === y || !shown.length) return null;
  const panels = third === x || third === y ? undefined : third;
  const partOf = (row) => (panels ? shownCode(panels, row) : 0);
  const xs = codesUsed((row) => shownCode(x, row));
  const ys = codesUsed((row) => shownCode(y, row));
  const all = codesUsed(partOf);
  const parts = all.slice(0, MOST_PANELS);
  const [xPlace, yPlace, partPlace] = [xs, ys, parts].map(
    (codes) => new Map(codes.map((code, i) => [code, i])),
  );
  const size = xs.length * ys.length;
  const cellOf = new Int32Array(nSettings).fill(-1);
  for (const row of shown) {
    const part = partPlace.get(partOf(row));
    if (part === undefined) continue;
    cellOf[row] =
      part * size + yPlace.get(shownCode(y, row)) * xs.length + xPlace.get(shownCode(x, row));
  }
  const [n, nLeftOut] = [size * parts.length, all.length - parts.length];
  return { x, y, panels, xs, ys, parts, size, cellOf, n, nLeftOut };
}

function codesUsed(codeOf) {
  const codes = new Set();
  for (const row of shown) codes.add(codeOf(row));
  return [...codes].sort((a, b) => a - b);
}

function drawMap() {
  drawMapControls("map");
  byId("map-of").value = state.mapOf;
  const cells = mapCells();
  if (!cells) return writeInPlace("map", noMapText());
  const { n, nDiverged, quantiles } = groupScores(cells.cellOf, cells.n, [0.5]);
  const losses = state.mapOf === "best" ? bestScores(cells) : quantiles[0];
  const scale = lossScale(losses);
  const texts = Array.from(losses, (loss, cell) =>
    !n[cell] ? "" : loss === Infinity ? DIVERGED : numberText(loss, 3),
  );
  drawPanels(
    "map",
    cells,
    {
      values: Array.from(losses, (loss) =>
        loss === Infinity ? loss : scale.on(Math.min(loss, scale.high)),
      ),
      texts,
      hovers: texts.map((text, cell) => {
        const loss = `${data.loss.label}: ${text === DIVERGED ? "diverged" : text}`;
        return `${loss}<br>${countText(n[cell], "trial")}, ${nDiverged[cell]} diverged`;
      }),
    },
    {
      title: data.loss.label,
      colorscale: WORSE_TO_BETTER.toReversed(),
      showscale: !scale.isEmpty,
      cmin: scale.on(scale.low),
      cmax: scale.on(scale.high),
      tickvals: scale.ticks.map(scale.on),
      ticktext: tickTexts(scale.ticks),
    },
  );
  const what =
    state.mapOf === "best"
      ? "A cell shows its best setting: the lowest median loss over seeds."
      : "A cell shows the median of all its trials, whatever their other settings.";
  const diverged = texts.includes(DIVERGED)
    ? ` ${DIVERGED}: half of the trials or more diverged.`
    : "";
  byId("map-caption").textContent =
    `${what}${diverged} Click a cell to filter for it.${ceilingText(scale)}${leftOutText(cells)}`;
}

function drawDivergence() {
  drawMapControls("divergence");
  const cells = mapCells();
  if (!cells) return writeInPlace("divergence", noMapText());
  const { n, nDiverged } = groupScores(cells.cellOf, cells.n, []);
  const epochs = groupDivergence(cells.cellOf, cells.n);
  const shares = Array.from(n, (count, cell) => nDiverged[cell] / count); // NaN for an empty cell
  const inCell = (share, cell) =>
    share ? `${Math.round(100 * share)} %<br>ep. ${numberText(epochs[cell], 3)}` : "0";
  drawPanels(
    "divergence",
    cells,
    {
      values: shares,
      texts: shares.map((share, cell) => (n[cell] ? inCell(share, cell) : "")),
      hovers: shares.map((share, cell) => {
        const epoch = share ? `<br>median epoch ${numberText(epochs[cell], 3)}` : "";
        return `${nDiverged[cell]} of ${countText(n[cell], "trial")} diverged${epoch}`;
      }),
    },
    {
      title: "share diverged",
      colorscale: [colour("panel"), colour("bad")],
      showscale: true,
      cmin: 0,
      cmax: 1,
      tickformat: ".0%",
    },
  );
  byId("divergence-caption").textContent =
    "The share of a cell's trials that diverged, and the median epoch (from 0) in which they did." +
    leftOutText(cells);
}

const leftOutText = ({ nLeftOut }) =>
  nLeftOut ? ` The first ${MOST_PANELS} panels are drawn, ${nLeftOut} are left out.` : "";

// The lowest score of the settings in each cell; NaN for an empty one.
function bestScores({ cellOf, n }) {
  const best = new Float64Array(n).fill(NaN);
  for (const row of shown) {
    const cell = cellOf[row];
    if (cell >= 0 && !(best[cell] <= settings.score[row])) best[cell] = settings.score[row];
  }
  return best;
}
