// What the user has chosen, which views follow. There is one state, and `update` alone changes it.

const state = {
  allowed: axes.map(() => null), // of each axis: an array with 1 for each value to show, or null
  loss: [-Infinity, Infinity], // limits of the score
  selected: [], // rows whose curves are drawn
  sort: "rank",
  descending: false,
  by: "", // the axis whose values the curves distinguish
  seeds: false, // whether the curves of single trials are drawn
  trial: -1, // the trial that is shown in full
};

let shown = new Uint32Array(0); // the rows that pass the filters, the best first
const listeners = [];

const onUpdate = (listener) => listeners.push(listener);

// Replace some of the state and draw what depends on it. `how` is "push" for an entry in the
// history, "replace" while something is dragged, and "" if the address has the state already.
function update(changes, how = "push") {
  Object.assign(state, changes);
  shown = passing(state.allowed, state.loss);
  for (const listener of listeners) listener(changes, how);
}

// The rows of the settings that pass these filters. Filters choose settings, never seeds.
function passing(allowed, [low, high]) {
  const rows = new Uint32Array(nSettings);
  const tested = axes.flatMap((axis, place) => (allowed[place] ? [[axis.codes, allowed[place]]] : []));
  const testsLoss = low > -Infinity || high < Infinity;
  let n = 0;
  for (let row = 0; row < nSettings; row++) {
    if (testsLoss && !(settings.score[row] >= low && settings.score[row] <= high)) continue;
    if (tested.every(([codes, flags]) => flags[codes[row]])) rows[n++] = row;
  }
  return rows.subarray(0, n);
}

// Filters with another one on an axis; all values allowed are the same as no filter.
function allowedWith(place, flags) {
  const all = !flags || flags.every((flag) => flag === 1);
  return state.allowed.map((own, i) => (i === place ? (all ? null : flags) : own));
}

function toggleSelected(row) {
  const isIn = state.selected.includes(row);
  const selected = isIn ? state.selected.filter((other) => other !== row) : [...state.selected, row];
  update({ selected: selected.slice(-MOST_SELECTED) });
}
const MOST_SELECTED = 8; // as many colours as can be told apart
