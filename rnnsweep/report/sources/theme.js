// Light and dark: the colours are the variables of theme.css, which the plots read.

const THEME_KEY = "rnnsweep-theme";
const systemDark = matchMedia("(prefers-color-scheme: dark)");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const seriesColour = (place) => colour(`series-${place % 8}`);

function setTheme(theme) {
  const dark = theme ? theme === "dark" : systemDark.matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

const isDark = () => document.documentElement.dataset.theme === "dark";

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

const PLOT_CONFIG = {
  displaylogo: false,
  responsive: true,
  displayModeBar: matchMedia("(hover: none)").matches ? false : "hover", // it would lie on the plot
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
};
