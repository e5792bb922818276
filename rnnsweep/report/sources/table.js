// The table of settings: sorted by its headings, and only the rows on the screen are elements.

const ROW_HEIGHT = 34; // px, as in page.css
const SPARE_ROWS = 8; // above and below those on the screen

const hasFailed = settings.n_failed.some((count) => count > 0);
const shareDiverged = Float64Array.from(settings.n, (n, row) => settings.n_diverged[row] / n);

const MEDIAN_COLUMN = column(
  "median",
  "median",
  "best validation loss, of the trials that neither diverged nor failed",
  settings.median,
);
const isPhone = matchMedia("(max-width: 500px)").matches; // then the loss comes before the settings

// Key, heading, what it means, numbers to sort by, and the text of a row. First what answers which
// setting works, how sure that is, and whether it beats the baseline.
const COLUMNS = [
  column(
    "rank",
    "rank",
    "by the median over seeds, where a diverged trial counts as infinite",
    settings.rank,
    hasScores ? wholeText("rank") : () => NONE,
  ),
  ...(isPhone ? [MEDIAN_COLUMN] : []),
  ...axes.map((axis) => ({
    ...column(`axis:${axis.name}`, axis.name, "", axis.codes, (row) => axisText(axis, row)),
    isText: !axis.numeric,
  })),
  ...(isPhone ? [] : [MEDIAN_COLUMN]),
  column(
    "ci95",
    "95\u00a0%\u00a0interval of\u00a0the\u00a0mean",
    "of the mean over seeds, in the column mean; the rank is by the median",
    settings.ci95_high,
    intervalText,
  ),
  column("diverged", "diverged", "share of the trials", shareDiverged, (row) =>
    percentText(shareDiverged[row]),
  ),
  column("test", "test loss", "median, of the params at the best epoch", settings.median_test_loss),
  column(
    "test_baseline",
    "test baseline",
    `loss of the ${data.loss.predictor} on the test part`,
    settings.test_baseline,
  ),
  {
    ...column("n", "trials", "their number, which opens them", settings.n, wholeText("n")),
    opens: true,
  },
  ...(hasFailed
    ? [column("failed", "failed", "number of trials", settings.n_failed, wholeText("n_failed"))]
    : []),
  ...(settings.n_solved
    ? [
        column(
          "solved",
          "solved",
          "number of trials that met the success criterion",
          settings.n_solved,
          wholeText("n_solved"),
        ),
        column(
          "updates",
          "updates to success",
          "median, where a trial that did not succeed counts as infinite",
          settings.median_updates_to_success,
        ),
      ]
    : []),
  column("mean", "mean", "of the losses of the median", settings.mean),
  column(
    "iqm",
    "iqm",
    "interquartile mean, where a diverged trial counts as infinite",
    settings.iqm,
  ),
];

function column(key, heading, title, numbers, text = (row) => numberText(numbers[row])) {
  return { key, heading, title, numbers, text, isText: false, opens: false };
}

function wholeText(name) {
  return (row) => String(settings[name][row]);
}

function intervalText(row) {
  const [low, high] = [settings.ci95_low[row], settings.ci95_high[row]];
  return Number.isNaN(low) ? NONE : `${numberText(low, 3)} to ${numberText(high, 3)}`;
}

let order = shown; // the shown rows in the order of the table

function sortShown() {
  const sorted = COLUMNS.find((other) => other.key === state.sort) ?? COLUMNS[0];
  if (sorted.key === "rank" && !state.descending) return shown; // they come in that order
  const numbers = sorted.numbers;
  const sign = state.descending ? -1 : 1;
  return shown.slice().sort((a, b) => {
    const [x, y] = [numbers[a], numbers[b]];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || a - b;
    return sign * (x - y) || a - b;
  });
}

const WIDEST_TEXT = 220; // px; a longer one is shown whole when the pointer is on it
const ARROW_WIDTH = 12; // px, of the mark at the heading of the sorted column
const PADDING = 14; // px, left and right of a text together
const PICK_WIDTH = 34; // px, of the column of boxes
const ruler = document.createElement("canvas").getContext("2d");

function textWidth(text, weight) {
  ruler.font = `${weight} 13.5px system-ui, sans-serif`; // as in views.css
  return ruler.measureText(text).width;
}

// A heading may take a line for each of its words, and for each of the parts of "hidden_size".
const headingParts = (heading) => heading.split(/(?<=[ _])/);

function columnWidth({ heading, text }) {
  const words = headingParts(heading).map((word) => textWidth(word.trim(), 600) + ARROW_WIDTH);
  const texts = Array.from({ length: Math.min(nSettings, 400) }, (_, row) => text(row));
  const longest = texts.reduce((a, b) => (b.length > a.length ? b : a), "");
  return Math.ceil(Math.max(...words, Math.min(textWidth(longest, 400), WIDEST_TEXT)) + PADDING);
}

const tableBody = element("tbody", {});
const tableElement = element("table", {});

function startTable() {
  const head = element("tr", {}, element("th", { class: "pick", scope: "col" }, ""));
  const group = element("colgroup", {}, element("col", { style: `width:${PICK_WIDTH}px` }));
  for (const each of COLUMNS) {
    const button = element(
      "button",
      {
        type: "button",
        "data-sort": each.key,
        title: each.title || null,
        onclick: () => sortBy(each.key),
      },
      ...headingParts(each.heading).flatMap((part) => [part, element("wbr")]),
    );
    const kind = each.isText ? null : "number";
    head.append(element("th", { scope: "col", "data-column": each.key, class: kind }, button));
    group.append(element("col", { style: `width:${columnWidth(each)}px` }));
  }
  tableElement.append(group, element("thead", {}, head), tableBody);
  byId("table").append(tableElement);
  byId("table").addEventListener("scroll", () => requestAnimationFrame(drawScrolled), {
    passive: true,
  });
}

function sortBy(key) {
  const descending = state.sort === key && !state.descending;
  update({ sort: key, descending });
}

function drawTable() {
  order = sortShown();
  tableElement.setAttribute("aria-rowcount", order.length + 1);
  for (const heading of tableElement.querySelectorAll("th[data-column]")) {
    const isSorted = heading.dataset.column === state.sort;
    if (isSorted) heading.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  }
  byId("table-empty").hidden = order.length > 0;
  byId("table-empty").textContent = nSettings ? NO_SETTING : "No trial has ended yet.";
  drawRows();
}

const firstDrawn = () => Math.max(0, Math.floor(byId("table").scrollTop / ROW_HEIGHT) - SPARE_ROWS);
let drawnFrom = 0;

// A click is lost if its element is replaced meanwhile: rows that are there already stay.
function drawScrolled() {
  if (firstDrawn() !== drawnFrom) drawRows();
}

function drawRows() {
  const box = byId("table");
  const from = firstDrawn();
  drawnFrom = from;
  const upto = Math.min(
    order.length,
    from + Math.ceil(box.clientHeight / ROW_HEIGHT) + 2 * SPARE_ROWS,
  );
  const focused = document.activeElement?.dataset?.focus;
  tableBody.replaceChildren(
    spacer(from),
    ...Array.from(order.subarray(from, upto), (row, i) => tableRow(row, from + i)),
    spacer(order.length - upto),
  );
  if (focused) tableBody.querySelector(`[data-focus="${focused}"]`)?.focus({ preventScroll: true });
}

const spacer = (n) => element("tr", { "aria-hidden": "true", style: `height:${n * ROW_HEIGHT}px` });

function tableRow(row, place) {
  const picked = state.selected.indexOf(row);
  const box = element("input", {
    type: "checkbox",
    "aria-label": `Draw the curves of ${settingText(row)}`,
    "data-focus": `pick${row}`,
    onchange: () => toggleSelected(row),
  });
  box.checked = picked >= 0;
  const line = element("tr", {
    "data-row": row,
    "aria-rowindex": place + 2,
    class: picked >= 0 ? "picked" : null,
  });
  if (picked >= 0) line.style.setProperty("--own", seriesColour(picked));
  line.append(element("td", { class: "pick" }, box));
  for (const each of COLUMNS) {
    const text = each.text(row);
    line.append(
      element(
        "td",
        { class: each.isText ? null : "number", title: text.length > 18 ? text : null },
        each.opens ? openButton(row, text) : text,
      ),
    );
  }
  line.addEventListener("click", (event) => {
    if (!event.target.closest("button, input")) toggleSelected(row);
  });
  return line;
}

function openButton(row, text) {
  return button(text, {
    class: "link",
    "data-focus": `open${row}`,
    "data-open": row,
    "aria-label": `Open the trials of ${settingText(row)}`,
    onclick: () => update({ trial: settings.first[row] }),
  });
}
