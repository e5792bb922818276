// Light and dark: the colours are the variables of theme.css, which the plots read.

const THEME_KEY = "rnnsweep-theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");

const colour = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const seriesColour = (place) => colour(`series-${place % 8}`);

function setTheme(theme) {
  const dark = theme ? theme === "dark" : systemDark.matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

function startTheme(redraw) {
  const select = byId("theme");
  try {
    select.value = localStorage.getItem(THEME_KEY) ?? "";
  } catch {
    select.value = ""; // a page from a disk may have no storage
  }
  setTheme(select.value);
  select.addEventListener("change", () => {
    try {
      localStorage.setItem(THEME_KEY, select.value);
    } catch {
      // the choice then lasts as long as the page is open
    }
    setTheme(select.value);
    redraw();
  });
  systemDark.addEventListener("change", () => {
    setTheme(select.value);
    redraw();
  });
}

// A colour of the form #rrggbb as its three parts, and with an opacity.
const colourParts = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const translucent = (hex, opacity) => `rgba(${colourParts(hex).join(",")},${opacity})`;

// Viridis, from worse to better: the best is bright in both themes.
const WORSE_TO_BETTER = [
  "#440154",
  "#482878",
  "#3e4989",
  "#31688e",
  "#26828e",
  "#1f9e89",
  "#35b779",
  "#6ece58",
  "#b5de2b",
  "#fde725",
];

// The colour at a place from 0 to 1 along a scale of evenly spaced colours, as its three parts.
function colourAlong(scale, share) {
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const below = colourParts(scale[Math.floor(place)]);
  const above = colourParts(scale[Math.ceil(place)]);
  return below.map((part, i) => part + (above[i] - part) * (place - Math.floor(place)));
}

// Black or white, whichever has more contrast to a colour (relative luminance of WCAG 2.2).
function inkOn(parts) {
  const [red, green, blue] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}

// Plotly reads some HTML in texts: with this a name is shown as it is.
const escapeMarkup = (label) =>
  label.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\s+/g, " ");

// The parts of Plotly's layout that all plots share.
function plotLayout(changes) {
  const line = colour("line");
  const axis = { gridcolor: line, linecolor: line, zerolinecolor: line, automargin: true };
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 13, color: colour("text") },
    margin: { l: 10, r: 10, t: 10, b: 10 },
    showlegend: false,
    dragmode: matchMedia("(pointer: fine)").matches ? "zoom" : false,
    hoverlabel: { bgcolor: colour("panel"), font: { color: colour("text") }, align: "left" },
    ...changes,
    xaxis: { ...axis, ...changes.xaxis },
    yaxis: { ...axis, ...changes.yaxis },
  };
}

// Draw the plot of a view, in place of an earlier one or of a sentence; return its element.
function drawPlot(id, traces, layout, config = PLOT_CONFIG) {
  const plot = byId(`${id}-plot`);
  if (!plot.classList.contains("js-plotly-plot")) plot.replaceChildren();
  Plotly.react(plot, traces, plotLayout(layout), config);
  plot.removeAllListeners("plotly_click");
  return plot;
}

// Write a sentence in place of the plot of a view.
function writeInPlace(id, sentence) {
  Plotly.purge(`${id}-plot`);
  byId(`${id}-plot`).textContent = sentence;
  byId(`${id}-caption`).textContent = "";
}

const PLOT_CONFIG = {
  displaylogo: false,
  typesetMath: false, // a name may have dollar signs
  responsive: true,
  displayModeBar: matchMedia("(hover: none)").matches ? false : "hover", // it would lie on the plot
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
};
