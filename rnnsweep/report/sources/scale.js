// Axes of losses: logarithmic where they span some range, and not stretched by outliers.

const CEILING = 10; // times the highest baseline: losses above it are drawn at the edge of a view

// What a setting is ranked by; the column "median" of the table is the loss itself.
const MEDIAN_LOSS = data.loss.over_baseline ? "median loss / its baseline" : "median loss";

const baselines = Object.entries(data.baselines).filter(([, loss]) => loss > 0);
const highestBaseline = Math.max(...baselines.map(([, loss]) => loss), 0);

// The scale that shows these losses; those that are not finite are ignored. `place` is how far up
// it a loss is, from 0 to 1, and `lossAt` is the other way round.
function lossScale(losses, ceilingTimes = CEILING) {
  let low = Infinity;
  let high = -Infinity;
  for (const loss of losses) {
    if (!Number.isFinite(loss)) continue;
    if (loss < low) low = loss;
    if (loss > high) high = loss;
  }
  const isEmpty = low > high;
  if (isEmpty) [low, high] = [0.1, 1];
  const ceiling = highestBaseline ? ceilingTimes * Math.max(highestBaseline, low) : Infinity;
  const cuts = high > ceiling;
  high = Math.min(high, ceiling);
  if (high <= low * (1 + 1e-6)) [low, high] = low > 0 ? [low * 0.9, low * 1.1] : [low, low + 1];
  const logarithmic = low > 0 && high > 4 * low;
  const on = (loss) => (logarithmic ? Math.log10(Math.max(loss, low)) : loss);
  const [from, upto] = [on(low), on(high)];
  return {
    low,
    high,
    logarithmic,
    cuts,
    isEmpty,
    on,
    place: (loss) => Math.min(1, Math.max(0, (on(Math.min(loss, high)) - from) / (upto - from))),
    lossAt: (place) => {
      const at = from + place * (upto - from);
      return logarithmic ? 10 ** at : at;
    },
    ticks: isEmpty ? [] : lossTicks(low, high, logarithmic),
  };
}

// Round values between two losses: 1, 2 and 5 in each decade, or steps of one size.
function lossTicks(low, high, logarithmic) {
  const ticks = [];
  if (logarithmic) {
    const heads = high / low > 1000 ? [1] : [1, 2, 5];
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
      ticks.push(...heads.map((head) => Number(`${head}e${decade}`)));
    }
  } else {
    const rough = (high - low) / 4;
    const size = 10 ** Math.floor(Math.log10(rough));
    const step = size * [1, 2, 5, 10].find((head) => head * size >= rough);
    for (let i = Math.ceil(low / step); i * step <= high; i++) {
      ticks.push(Number((i * step).toPrecision(12)));
    }
  }
  const within = ticks.filter((tick) => tick >= low && tick <= high);
  return within.length > 1 ? within : [low, high];
}

// Texts for ticks, with as few digits as distinguish them.
function tickTexts(ticks) {
  const textsWith = (digits) => ticks.map((tick) => numberText(tick, digits));
  const digits = [2, 3, 4, 5].find((own) => new Set(textsWith(own)).size === ticks.length);
  return textsWith(digits ?? 6);
}

// Those of ascending items that have at least so much room between their places.
function spaced(items, placeOf, room) {
  let last = -Infinity;
  return items.filter((item) => {
    const hasRoom = placeOf(item) - last >= room;
    if (hasRoom) last = placeOf(item);
    return hasRoom;
  });
}

const ceilingText = ({ cuts, high }) =>
  cuts ? ` Losses above ${numberText(high, 2)} are drawn at the edge.` : "";
