// Draws heat maps side by side with one scale of colours.

const LABEL_LENGTH = 16;
const shortLabel = (label) => escapeMarkup(label.length > LABEL_LENGTH ? `${label.slice(0, LABEL_LENGTH - 1)}\u2026` : label);

function drawPanels(id, cells, values, texts, hovers, coloraxis) {
  const plot = byId(`${id}-plot`);
  if (!plot.classList.contains("js-plotly-plot")) plot.replaceChildren();
  const width = plot.clientWidth;
  const n = cells.parts.length;
  const fitting = Math.max(1, Math.min(n, Math.floor((width - 90) / PANEL_WIDTH), 4));
  const rows = Math.max(1, Math.ceil(n / fitting));
  const inRow = Math.ceil(n / rows);
  const cellWidth = (width - 160) / inRow / Math.max(1, cells.xs.length);
  const withTexts = cells.n <= MOST_TEXTS && cellWidth >= CELL_FOR_TEXT;
  const panelHeight = Math.max(150, Math.min(420, 40 * cells.ys.length + 30));
  const traces = [];
  const layout = { annotations: [], height: rows * (panelHeight + 62) + 30, coloraxis: { ...coloraxis, colorbar: { ...coloraxis.colorbar, tickfont: { color: colour("text") }, outlinewidth: 0 } } };
  const take = (all, panel) => cells.ys.map((_, y) => all.slice(panel * cells.size + y * cells.xs.length, panel * cells.size + (y + 1) * cells.xs.length));
  cells.parts.forEach((part, panel) => {
    const number = panel ? String(panel + 1) : "";
    const [column, line] = [panel % inRow, Math.floor(panel / inRow)];
    const gap = 0.03, own = (1 - gap * (inRow - 1)) / inRow;
    const tall = 1 / rows, titled = 34 / (rows * (panelHeight + 62));
    const domain = [column * (own + gap), column * (own + gap) + own];
    const top = 1 - line * tall - titled, bottom = 1 - (line + 1) * tall + 50 / (rows * (panelHeight + 62));
    const ticks = (codes, axis) => ({ tickvals: codes.map((_, i) => i), ticktext: codes.map((code) => shortLabel(shownLabels(axis)[code])), showgrid: false, zeroline: false, fixedrange: true, ticks: "" });
    layout[`xaxis${number}`] = { ...ticks(cells.xs, cells.x), domain, anchor: `y${number}`, title: { text: line === rows - 1 || panel + inRow >= n ? shortLabel(cells.x.name) : "", standoff: 4 } };
    layout[`yaxis${number}`] = { ...ticks(cells.ys, cells.y), domain: [bottom, top], anchor: `x${number}`, showticklabels: column === 0, title: { text: column === 0 ? shortLabel(cells.y.name) : "" }, automargin: true };
    if (cells.panels) {
      layout.annotations.push({ text: `<b>${escapeMarkup(cells.panels.name)} ${shortLabel(shownLabels(cells.panels)[part])}</b>`, xref: "paper", yref: "paper", x: domain[0], y: top, xanchor: "left", yanchor: "bottom", showarrow: false });
    }
    traces.push({
      type: "heatmap", xaxis: `x${number}`, yaxis: `y${number}`, coloraxis: "coloraxis", xgap: 1, ygap: 1,
      z: take(values, panel), text: take(texts, panel), customdata: take(hovers, panel), meta: panel,
      texttemplate: withTexts ? "%{text}" : "", hovertemplate: "%{customdata}<extra></extra>", hoverongaps: false,
    });
  });
  // Cells without a finite loss have no colour, but are no gap: their text says what happened.
  Plotly.react(plot, traces, plotLayout({ ...layout, margin: { l: 10, r: 10, t: 6, b: 10 } }), { ...PLOT_CONFIG, displayModeBar: false });
  plot.removeAllListeners?.("plotly_click");
  plot.on("plotly_click", ({ points: [point] }) => filterForCell(cells, point.data.meta, point.x, point.y));
}

// Filter for the values of one cell of a map; once more for all values.
function filterForCell(cells, panel, x, y) {
  const wanted = [[cells.x, cells.xs[x]], [cells.y, cells.ys[y]]];
  if (cells.panels) wanted.push([cells.panels, cells.parts[panel]]);
  const allowed = [...state.allowed];
  const flags = wanted.map(([axis, place]) => [axes.indexOf(axis), flagsOf(axis, place)]);
  const isFilter = flags.every(([place, own]) => sameFlags(state.allowed[place], own));
  for (const [place, own] of flags) allowed[place] = isFilter || own.every((flag) => flag) ? null : own;
  update({ allowed });
}
