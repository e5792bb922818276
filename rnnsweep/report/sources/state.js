// What the user has chosen, which all views show. `update` alone changes it.

const NO_LIMITS = [-Infinity, Infinity];
const NO_SETTING = "No setting passes the filters.";
const MOST_SELECTED = 8; // as many colours are easy to distinguish

const initial = {
  allowed: axes.map(() => null), // of each axis: an array with 1 for each value to show, or null
  loss: NO_LIMITS, // limits of the median loss
  selected: [], // rows of settings whose curves are drawn
  sort: "rank", // the column by which the table is sorted
  descending: false,
  by: "", // the axis for whose values there is a curve each
  curvesOf: "best", // which settings with a value that curve is of
  seeds: false, // whether the curves of single trials are drawn
  mapX: "",
  mapY: "",
  mapPanels: "",
  mapOf: "best", // which number the map shows
  forecastRows: "test", // which rows of the forecast are drawn
  trial: -1, // the trial that is shown in full
};
const state = { ...initial };

let shown = new Uint32Array(0); // the rows that pass the filters, the best first
const listeners = [];

const onUpdate = (listener) => listeners.push(listener);

// Replace some of the state, and let the views draw it. `how` is "push" for a new entry in the
// history, and "" while something is dragged, or if the address has the state already.
function update(changes, how = "push") {
  Object.assign(state, changes);
  if (changes.allowed || changes.loss || !shown.length) shown = passing(state.allowed, state.loss);
  for (const listener of listeners) listener(changes, how);
}

// The rows of the settings that pass these filters. Filters choose settings, never seeds.
function passing(allowed, [low, high]) {
  const rows = new Uint32Array(nSettings);
  const tests = axes.flatMap((axis, i) => (allowed[i] ? [[axis.codes, allowed[i]]] : []));
  const testsLoss = low > -Infinity || high < Infinity;
  let n = 0;
  for (let row = 0; row < nSettings; row++) {
    if (testsLoss && !(settings.score[row] >= low && settings.score[row] <= high)) continue;
    if (tests.every(([codes, flags]) => flags[codes[row]])) rows[n++] = row;
  }
  return rows.subarray(0, n);
}

// The filters with another one on an axis. One that allows all values is none.
function allowedWith(place, flags) {
  const own = flags?.every((flag) => flag === 1) ? null : flags;
  return state.allowed.map((other, i) => (i === place ? own : other));
}

const isFiltered = () =>
  state.allowed.some((flags) => flags) || state.loss[0] > -Infinity || state.loss[1] < Infinity;

function toggleSelected(row) {
  const others = state.selected.filter((other) => other !== row);
  const selected = others.length < state.selected.length ? others : [...others, row];
  update({ selected: selected.slice(-MOST_SELECTED) });
}
