// Parallel coordinates: a line for each setting across all axes. Dragging along an axis filters.
//
// Plotly has such a plot, but draws it by WebGL and by functions made from text, which the page's
// security policy forbids; and it cannot filter for several words.

const PARALLEL_HEIGHT = 360;
const NARROWEST = 72; // px, the least distance of two axes
const WIDEST = 120; // px, the least distance where names of axes are long
const SPREAD = 0.6; // of a value's height, over which its lines are spread
const MOST_DRAWN = 2000; // lines in colour; as many of the others in grey
const COLOURS = 24;

const HEADING = "600 13px system-ui, sans-serif";
const HEADING_HEIGHTS = [11, 26]; // px, of two lines, which take turns where names have no room
const EDGE = {
  top: 42,
  bottom: 16,
  left: 56,
  right: Math.max(70, Math.ceil(headingWidth(MEDIAN_LOSS) / 2) + 4),
};
const NEAR = 20; // px: a finger that begins so near to an axis drags along it, elsewhere the page

let drag = null; // the axis and the first height of the filter that is being dragged

function startParallel() {
  const canvas = byId("parallel-canvas");
  canvas.addEventListener("touchstart", keepFromScrolling, { passive: false });
  canvas.addEventListener("pointerdown", startDrag);
  canvas.addEventListener("pointermove", moveDrag);
  canvas.addEventListener("pointerup", endDrag);
  canvas.addEventListener("pointercancel", () => {
    drag = null;
  });
  new ResizeObserver(() => markStale("parallel")).observe(byId("parallel-scroll"));
}

const headingWidths = [...axes.map((axis) => axis.name), MEDIAN_LOSS].map(headingWidth);
const axisDistance = Math.min(WIDEST, Math.max(NARROWEST, 8 + Math.max(...headingWidths) / 2));
const parallelWidth = () =>
  Math.max(
    byId("parallel-scroll").clientWidth,
    EDGE.left + EDGE.right + axisDistance * axes.length,
  );
const headingsTakeTurns = () => Math.max(...headingWidths) + 8 > axisX(1) - axisX(0);
const axisX = (place) =>
  EDGE.left + (place * (parallelWidth() - EDGE.left - EDGE.right)) / axes.length;
const heightOf = (share) =>
  PARALLEL_HEIGHT - EDGE.bottom - share * (PARALLEL_HEIGHT - EDGE.top - EDGE.bottom);
const shareAt = (y) =>
  (PARALLEL_HEIGHT - EDGE.bottom - y) / (PARALLEL_HEIGHT - EDGE.top - EDGE.bottom);

// How far up its axis a value is; words and numbers alike are evenly spaced. The lines of a value
// are spread around it, the best at the bottom as on the axis of losses.
const shareOf = (axis, code) => (code + 0.5) / axis.labels.length;
const lineShare = (axis, row) =>
  shareOf(axis, axis.codes[row]) +
  (SPREAD * (row / Math.max(1, nSettings - 1) - 0.5)) / axis.labels.length;

function headingWidth(name) {
  const pen = byId("parallel-canvas").getContext("2d");
  pen.font = HEADING;
  return pen.measureText(name).width;
}

// The last axis: the median loss. Infinite ones are at its upper end.
const scoreScale = lossScale(settings.score);
const BELOW_INFINITE = 0.93; // of the height
const shareOfLoss = (loss) => (loss === Infinity ? 1 : BELOW_INFINITE * scoreScale.place(loss));
const lossAt = (share) => scoreScale.lossAt(share / BELOW_INFINITE);

function drawParallel() {
  const canvas = byId("parallel-canvas");
  const width = parallelWidth();
  const density = window.devicePixelRatio || 1;
  canvas.width = width * density;
  canvas.height = PARALLEL_HEIGHT * density;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${PARALLEL_HEIGHT}px`;
  const pen = canvas.getContext("2d");
  pen.scale(density, density);
  const xs = axes.map((_, place) => axisX(place));
  const lossX = axisX(axes.length);
  const isIn = new Uint8Array(nSettings);
  for (const row of shown) isIn[row] = 1;
  const others = isFiltered()
    ? Array.from({ length: nSettings }, (_, row) => row).filter((row) => !isIn[row])
    : [];
  drawLines(pen, thinned(others, MOST_DRAWN), xs, lossX, () => colour("faint"), 0.35, 1 / density);
  const drawn = thinned(Array.from(shown), MOST_DRAWN);
  const [opacity, thickness] = drawn.length > 300 ? [0.35, 1 / density] : [0.75, 1.2];
  const inks = Array.from({ length: COLOURS }, (_, i) => inkOf(i / (COLOURS - 1)));
  // The best are drawn last, on top.
  for (let ink = COLOURS - 1; ink >= 0; ink--) {
    const own = drawn.filter((_, i) => Math.floor((i * COLOURS) / drawn.length) === ink);
    drawLines(pen, own, xs, lossX, () => inks[ink], opacity, thickness);
  }
  state.selected.forEach((row, place) =>
    drawLines(pen, [row], xs, lossX, () => seriesColour(place), 1, 3),
  );
  axes.forEach((axis, place) => drawAxis(pen, axis, place, xs[place]));
  drawLossAxis(pen, lossX);
  byId("parallel-caption").textContent = captionOfParallel(drawn.length);
}

// Each line has a stroke of its own: one for all 2000 of them took ten times as long in Chromium.
function drawLines(pen, rows, xs, lossX, ink, opacity, width) {
  pen.strokeStyle = ink();
  pen.globalAlpha = opacity;
  pen.lineWidth = width;
  for (const row of rows) {
    pen.beginPath();
    axes.forEach((axis, place) => {
      const y = heightOf(lineShare(axis, row));
      if (place) pen.lineTo(xs[place], y);
      else pen.moveTo(xs[place], y);
    });
    const score = settings.score[row];
    if (!Number.isNaN(score)) pen.lineTo(lossX, heightOf(shareOfLoss(score)));
    pen.stroke();
  }
  pen.globalAlpha = 1;
}

// From the colour of the best to that of the worst.
function inkOf(share) {
  const [from, upto] = [colour("best"), colour("worst")].map(colourParts);
  return `rgb(${from.map((part, i) => Math.round(part + (upto[i] - part) * share)).join(",")})`;
}

function drawAxis(pen, axis, place, x) {
  const flags = state.allowed[place];
  drawFrame(pen, x, axis.name, place);
  if (flags) {
    const half = (PARALLEL_HEIGHT - EDGE.top - EDGE.bottom) / axis.labels.length / 2;
    pen.fillStyle = translucent(colour("accent"), 0.35);
    let first = flags.indexOf(1);
    // Each run of values is filled in one piece.
    while (first >= 0) {
      const next = flags.indexOf(0, first);
      const last = (next < 0 ? flags.length : next) - 1;
      const top = heightOf(shareOf(axis, last)) - half;
      pen.fillRect(x - 6, top, 12, heightOf(shareOf(axis, first)) + half - top);
      first = next < 0 ? -1 : flags.indexOf(1, next);
    }
  }
  const every = Math.ceil(axis.labels.length / 18);
  if (every === 1) drawBorders(pen, axis, x);
  axis.labels.forEach((label, code) => {
    if (code % every) return;
    const text = isRanged(axis) ? numberText(axis.values[code]) : label;
    drawText(pen, text, x + 8, heightOf(shareOf(axis, code)), !flags || flags[code]);
  });
}

// Short lines between the values, around each of which its lines are spread.
function drawBorders(pen, axis, x) {
  pen.beginPath();
  for (let code = 1; code < axis.labels.length; code++) {
    const y = heightOf(code / axis.labels.length);
    pen.moveTo(x - 4, y);
    pen.lineTo(x + 4, y);
  }
  pen.stroke();
}

function drawLossAxis(pen, x) {
  drawFrame(pen, x, MEDIAN_LOSS, axes.length);
  const [low, high] = state.loss;
  if (low > -Infinity || high < Infinity) {
    const [top, bottom] = [high, low].map((limit) =>
      heightOf(limit === -Infinity ? 0 : Math.min(1, Math.max(0, shareOfLoss(limit)))),
    );
    pen.fillStyle = translucent(colour("accent"), 0.35);
    pen.fillRect(x - 6, top, 12, Math.max(2, bottom - top));
  }
  for (const tick of scoreScale.ticks) {
    drawText(pen, numberText(tick, 2), x + 8, heightOf(shareOfLoss(tick)), true);
  }
  if (settings.score.includes(Infinity)) drawText(pen, "diverged", x + 8, heightOf(1), true);
}

function drawFrame(pen, x, name, place) {
  pen.strokeStyle = colour("muted");
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, EDGE.top);
  pen.lineTo(x, PARALLEL_HEIGHT - EDGE.bottom);
  pen.stroke();
  const y = HEADING_HEIGHTS[headingsTakeTurns() ? place % 2 : 1];
  drawText(pen, name, x, y, true, "center", HEADING);
}

// A text with a rim in the colour of the background, so that lines do not hide it.
function drawText(pen, label, x, y, isStrong, align = "left", font = "12px system-ui, sans-serif") {
  pen.font = font;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  let shortened = label;
  const distance = axisX(1) - axisX(0);
  const room = font === HEADING ? 2 * distance - 8 : distance - 12;
  while (shortened.length > 3 && pen.measureText(shortened).width > room) {
    shortened = `${shortened.slice(0, -2)}\u2026`;
  }
  pen.lineWidth = 3;
  pen.strokeStyle = colour("back");
  pen.strokeText(shortened, x, y);
  pen.fillStyle = colour(isStrong ? "text" : "muted");
  pen.fillText(shortened, x, y);
}

function captionOfParallel(n) {
  const isWide = parallelWidth() > byId("parallel-scroll").clientWidth;
  const parts = [
    ...(isWide ? ["Scroll to the right for all axes."] : []),
    "A line is a setting, the best in the strongest colour; the lines of a value are spread " +
      "around it, the best at the bottom.",
    "Drag along an axis, or click a value, to filter; click it again for all values.",
  ];
  if (n < shown.length) {
    const counts = [n, shown.length].map((count) => count.toLocaleString("en"));
    parts.push(`${counts.join(" of ")} lines are drawn, evenly from the best to the worst.`);
  }
  return parts.join(" ");
}

// Which axis is at a point of the canvas, and how far up; the last one is the loss.
function placeAt(event) {
  const box = byId("parallel-canvas").getBoundingClientRect();
  const x = event.clientX - box.left;
  let place = 0;
  const distance = (i) => Math.abs(axisX(i) - x + 8);
  for (let i = 1; i <= axes.length; i++) {
    if (distance(i) < distance(place)) place = i;
  }
  const share = Math.min(1, Math.max(0, shareAt(event.clientY - box.top)));
  return { place, share, isNear: Math.abs(axisX(place) - x) <= NEAR };
}

// A finger that drags along an axis does not scroll the page, and one between the axes does.
function keepFromScrolling(event) {
  const [touch] = event.touches;
  if (event.touches.length === 1 && placeAt(touch).isNear) event.preventDefault();
}

function startDrag(event) {
  const isDrag = event.button === 0 && event.isPrimary;
  drag = isDrag ? { ...placeAt(event), moved: false } : null;
  if (event.pointerType !== "touch") byId("parallel-canvas").setPointerCapture(event.pointerId);
}

function moveDrag(event) {
  if (!drag || (event.pointerType === "touch" && !drag.isNear)) return;
  const { share } = placeAt(event);
  if (Math.abs(share - drag.share) < 0.02 && !drag.moved) return;
  drag.moved = true;
  brush(drag.place, [Math.min(share, drag.share), Math.max(share, drag.share)]);
}

function endDrag() {
  if (drag && !drag.moved) clickAxis(drag.place, drag.share);
  else if (drag) update({}); // one entry in the history, however often the pointer moved
  drag = null;
}

// Filter for the values between two heights of an axis, while it is dragged.
function brush(place, [low, high]) {
  if (place === axes.length) {
    const from = low <= 0 ? -Infinity : roundedLoss(lossAt(low));
    const upto = high > BELOW_INFINITE ? Infinity : roundedLoss(lossAt(high));
    update({ loss: [from, upto] }, "");
    return;
  }
  const axis = axes[place];
  const half = 0.5 / axis.labels.length;
  const flags = Uint8Array.from(axis.labels, (_, code) => {
    const share = shareOf(axis, code);
    return share + half > low && share - half < high ? 1 : 0;
  });
  if (flags.some((flag) => flag)) update({ allowed: allowedWith(place, flags) }, "");
}

const roundedLoss = (loss) => Number(loss.toPrecision(3));

function clickAxis(place, share) {
  if (place === axes.length) update({ loss: NO_LIMITS });
  else {
    const n = axes[place].labels.length;
    update({ allowed: toggledCode(place, Math.min(n - 1, Math.floor(share * n))) });
  }
}
