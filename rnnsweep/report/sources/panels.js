// Draws heat maps side by side with one scale of colours.

const PANEL_WIDTH = 230; // px, the least
const NARROW = 640; // px: the scale of colours is then below the panels
const MOST_TEXTS = 200; // cells with a number written into them
const CELL_FOR_TEXT = 44; // px, the least width of such a cell
const LABEL_LENGTH = 16;
const ABOVE = 30; // px above a panel, for its title
const BELOW = 52; // px below it, for a line of labels
const LETTER = 8; // px, the width of one in a label

const shortLabel = (label) =>
  escapeMarkup(label.length > LABEL_LENGTH ? `${label.slice(0, LABEL_LENGTH - 1)}\u2026` : label);

// Draw `values` of the cells by their colours, with texts in them and when the pointer is on them.
// An infinite value is grey, and NaN leaves a gap. `bar` is the scale of colours: its colours,
// evenly spaced, limits, title and ticks.
function drawPanels(id, cells, { values, texts, hovers }, bar) {
  const plot = byId(`${id}-plot`);
  const grid = panelGrid(cells, plot.clientWidth);
  const withTexts = cells.n <= MOST_TEXTS && grid.cellWidth >= CELL_FOR_TEXT;
  const layout = { annotations: [], height: grid.height, coloraxis: colourScale(bar, grid) };
  const traces = cells.parts.flatMap((code, panel) => {
    const number = panel ? String(panel + 1) : "";
    const place = grid.place(panel);
    layout[`xaxis${number}`] = {
      ...labelTicks(cells.xs, cells.x),
      domain: place.across,
      anchor: `y${number}`,
      tickangle: grid.tickangle,
      automargin: false,
      title: { text: place.isLowest ? shortLabel(cells.x.name) : "", standoff: 4 },
    };
    layout[`yaxis${number}`] = {
      ...labelTicks(cells.ys, cells.y),
      domain: place.up,
      anchor: `x${number}`,
      automargin: true,
      showticklabels: place.isFirst,
      title: { text: place.isFirst ? shortLabel(cells.y.name) : "", standoff: 8 },
    };
    if (cells.panels) layout.annotations.push(panelTitle(cells, code, place));
    const common = {
      type: "heatmap",
      xaxis: `x${number}`,
      yaxis: `y${number}`,
      xgap: 1,
      ygap: 1,
      hoverongaps: false,
      meta: panel,
      customdata: cellRows(cells, hovers, panel),
      hovertemplate: "%{customdata}<extra></extra>",
    };
    const part = (isPart) => ({
      z: cellRows(
        cells,
        values.map((value) => (isPart(value) ? Math.min(value, 1e300) : null)),
        panel,
      ),
    });
    const grey = [
      [0, colour("faint")],
      [1, colour("faint")],
    ];
    const finite = { ...common, ...part(Number.isFinite), coloraxis: "coloraxis" };
    const isInfinite = (value) => value === Infinity;
    const hasInfinite = values.slice(panel * cells.size, (panel + 1) * cells.size).some(isInfinite);
    const infinite = { ...common, ...part(isInfinite), colorscale: grey, showscale: false };
    const written = withTexts ? [cellTexts(cells, { values, texts }, bar, panel, number)] : [];
    return [finite, ...(hasInfinite ? [infinite] : []), ...written];
  });
  drawPlot(id, traces, layout, { ...PLOT_CONFIG, displayModeBar: false });
  plot.on("plotly_click", ({ points: [point] }) => {
    const [y, x] = point.pointIndex;
    filterForCell(cells, point.data.meta, x, y);
  });
}

// The texts in the cells of a panel, each in black or white by its cell's colour: a heat map has
// one colour for all of its texts.
function cellTexts(cells, { values, texts }, { colorscale, cmin, cmax }, panel, number) {
  const own = Array.from({ length: cells.size }, (_, i) => panel * cells.size + i).filter(
    (cell) => texts[cell],
  );
  const across = cells.xs.length;
  const inkOf = (value) =>
    inkOn(
      value === Infinity
        ? colourParts(colour("faint"))
        : colourAlong(colorscale, (value - cmin) / (cmax - cmin)),
    );
  return {
    type: "scatter",
    mode: "text",
    xaxis: `x${number}`,
    yaxis: `y${number}`,
    meta: panel,
    hoverinfo: "skip",
    x: own.map((cell) => cell % across),
    y: own.map((cell) => Math.floor((cell % cells.size) / across)),
    text: own.map((cell) => texts[cell]),
    textfont: { size: 12, color: own.map((cell) => inkOf(values[cell])) },
  };
}

// How the panels are placed, in a plot of this width.
function panelGrid(cells, width) {
  const n = cells.parts.length;
  const isNarrow = width < NARROW;
  const fitting = Math.max(1, Math.min(n, Math.floor((width - 90) / PANEL_WIDTH), 4));
  const nRows = Math.ceil(n / fitting);
  const inRow = Math.ceil(n / nRows);
  const panelHeight = Math.max(120, Math.min(420, 34 * cells.ys.length));
  const cellWidth = (width - (isNarrow ? 90 : 170)) / inRow / Math.max(1, cells.xs.length);
  const longest = Math.max(0, ...cells.xs.map((code) => shownLabels(cells.x)[code].length));
  const labelWidth = LETTER * Math.min(longest, LABEL_LENGTH);
  const isUpright = labelWidth > cellWidth; // then the labels have no room side by side
  const rowHeight = panelHeight + ABOVE + BELOW + (isUpright ? labelWidth : 0);
  const gap = 0.03;
  const own = (1 - gap * (inRow - 1)) / inRow;
  const place = (panel) => {
    const [column, row] = [panel % inRow, Math.floor(panel / inRow)];
    const top = 1 - (row * rowHeight + ABOVE) / (nRows * rowHeight);
    return {
      across: [column * (own + gap), column * (own + gap) + own],
      up: [top - panelHeight / (nRows * rowHeight), top],
      isFirst: column === 0,
      isLowest: panel + inRow >= n,
    };
  };
  const height = nRows * rowHeight + 20 + (isNarrow ? 60 : 0);
  return { place, isNarrow, cellWidth, height, tickangle: isUpright ? -90 : 0 };
}

function colourScale({ title, tickvals, ticktext, ...bar }, { isNarrow, height }) {
  const { colorscale: colours, cmin, cmax, showscale, ...ticks } = bar;
  const colorscale = colours.map((own, i) => [i / (colours.length - 1), own]);
  if (tickvals) {
    const share = (i) => (tickvals[i] - cmin) / (cmax - cmin);
    const room = isNarrow ? 0.18 : 40 / height; // for a text, as a share of the scale
    const own = spaced([...tickvals.keys()], share, room);
    ticks.tickvals = own.map((i) => tickvals[i]);
    ticks.ticktext = own.map((i) => ticktext[i]);
  }
  const place = isNarrow
    ? {
        orientation: "h",
        x: 0.5,
        y: 0,
        yanchor: "top",
        ypad: 30,
        title: { text: title, side: "top", font: { size: 11 } }, // it is as wide as the panels
      }
    : { title: { text: fitted(title, height - 40), side: "right" } };
  return {
    colorscale,
    cmin,
    cmax,
    showscale,
    colorbar: { thickness: 12, outlinewidth: 0, tickangle: 0, ...place, ...ticks },
  };
}

// A title in so many pixels, or in two lines, such as "validation loss" and "(mse)".
const fitted = (title, room) =>
  LETTER * title.length > room ? title.replace(/ (?=[/(])/, "<br>") : title;

const labelTicks = (codes, axis) => ({
  tickvals: codes.map((_, i) => i),
  ticktext: codes.map((code) => shortLabel(shownLabels(axis)[code])),
  showgrid: false,
  showline: false,
  zeroline: false,
  fixedrange: true,
  ticks: "",
});

const panelTitle = ({ panels }, code, { across, up }) => ({
  text: `<b>${escapeMarkup(panels.name)} ${shortLabel(shownLabels(panels)[code])}</b>`,
  xref: "paper",
  yref: "paper",
  x: across[0],
  y: up[1],
  xanchor: "left",
  yanchor: "bottom",
  showarrow: false,
});

// What the cells of a panel have of `all`, row by row.
function cellRows(cells, all, panel) {
  const across = cells.xs.length;
  const first = (y) => panel * cells.size + y * across;
  return cells.ys.map((_, y) => all.slice(first(y), first(y) + across));
}

// Filter for the values of one cell of a map; once more for all values.
function filterForCell(cells, panel, x, y) {
  const wanted = [
    [cells.x, cells.xs[x]],
    [cells.y, cells.ys[y]],
  ];
  if (cells.panels) wanted.push([cells.panels, cells.parts[panel]]);
  const flags = wanted.map(([axis, code]) => [axes.indexOf(axis), flagsOf(axis, code)]);
  const isFilter = flags.every(([place, own]) => sameFlags(state.allowed[place], own));
  const allowed = [...state.allowed];
  for (const [place, own] of flags) {
    allowed[place] = isFilter || own.every((flag) => flag) ? null : own;
  }
  update({ allowed });
}
