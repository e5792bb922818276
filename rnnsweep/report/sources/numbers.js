// Numbers as text, as in the tables of the command line, and quantiles.

const NONE = "\u2013"; // an en dash, where there is no number

// Up to `digits` significant digits: 0.0153, 3600, 1e-5.
function numberText(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return NONE;
  if (!Number.isFinite(value)) return value > 0 ? "\u221e" : "-\u221e";
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size === 0 || (size >= 1e-4 && size < 1e6)) return String(rounded);
  return rounded.toExponential().replace("e+", "e");
}

// Tenths of a per cent: 16.7 %, 5 %, < 0.1 %.
function percentText(share) {
  if (Number.isNaN(share)) return NONE;
  return share > 0 && share < 0.001 ? "< 0.1 %" : `${Number((100 * share).toFixed(1))} %`;
}

const countText = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// Up to `most` of some items, evenly spaced, the first and the last among them.
function thinned(items, most) {
  if (items.length <= most) return items;
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => items[Math.round(i * step)]);
}

// A number between two others; equal ones may be infinite.
const between = (low, high, share) => (low === high ? low : low + (high - low) * share);

// The quantile of `n` ascending numbers, interpolated between the two nearest; `numberAt` returns
// the one at a place.
function quantileOf(n, numberAt, share) {
  const place = share * (n - 1);
  const below = numberAt(Math.floor(place));
  return between(below, numberAt(Math.ceil(place)), place - Math.floor(place));
}

const quantile = (sorted, share) => quantileOf(sorted.length, (place) => sorted[place], share);
