// The contents of the page, with typed arrays in place of packed ones; see contents.py.

const ARRAYS = {
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  f4: Float32Array,
  f8: Float64Array,
};

const isPacked = (value) =>
  value !== null && typeof value === "object" && typeof value.bytes === "string";

function unpacked({ type, bytes, of, repeat }) {
  const text = atob(bytes);
  const content = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) content[i] = text.charCodeAt(i);
  const numbers = new ARRAYS[type](content.buffer);
  if (repeat !== undefined) return new ARRAYS[type](repeat).fill(numbers[0]);
  if (!of) return numbers;
  const values = unpacked(of); // the numbers are codes of these
  return Float64Array.from(numbers, (code) => values[code]);
}

// The same object with its packed arrays unpacked, to any depth.
function unpackedAll(value) {
  if (isPacked(value)) return unpacked(value);
  if (Array.isArray(value)) {
    return value.length && typeof value[0] === "object" ? value.map(unpackedAll) : value;
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpackedAll(item)]));
}

// A column that is written as another one, except in some places.
function changedCopy({ like: [table, name], places, numbers }) {
  const copy = Float64Array.from(data[table][name]);
  places.forEach((place, i) => {
    copy[place] = numbers[i];
  });
  return copy;
}

const data = unpackedAll(JSON.parse(byId("contents").textContent));
byId("contents").remove(); // its text is as large as the arrays

const axes = data.axes;
// The labels of many numbers are the shortest texts that are exact.
const exactLabel = (number) => (Number.isNaN(number) ? "-" : String(number));
for (const axis of axes) {
  if (axis.range_labels.length) axis.labels = Array.from(axis.values, exactLabel);
}
const { settings, trials } = data;
for (const columns of [settings, trials]) {
  for (const [name, column] of Object.entries(columns)) {
    if (column.like) columns[name] = changedCopy(column);
  }
}
const nSettings = settings.n.length;
const nTrials = trials.status.length;
const STATUS = Object.fromEntries(trials.statuses.map((name, code) => [name, code]));
const ID_BYTES = 8; // 15 hexadecimal digits after a zero
const digitsOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const trialIds = Array.from({ length: nTrials }, (_, trial) => {
  const bytes = trials.ids.subarray(ID_BYTES * trial, ID_BYTES * (trial + 1));
  const digits = Array.from(bytes, (byte) => digitsOf[byte]).join("");
  return `t${digits.slice(1)}`;
});

// The trials of a setting are first[row] to first[row + 1].
settings.first = new Uint32Array(nSettings + 1);
for (let row = 0; row < nSettings; row++) {
  settings.first[row + 1] = settings.first[row] + settings.n[row];
}

// The setting of each trial.
const settingOf = new Uint32Array(nTrials);
for (let row = 0; row < nSettings; row++) {
  settingOf.fill(row, settings.first[row], settings.first[row + 1]);
}
const rowOfTrialId = new Map(trialIds.map((id, trial) => [id, settingOf[trial]]));

// What a trial is ranked by: infinite if it diverged, NaN if it failed.
const trialScore = Float64Array.from({ length: nTrials }, (_, trial) => {
  if (trials.status[trial] === STATUS.failed) return NaN;
  if (trials.status[trial] === STATUS.diverged) return Infinity;
  const unit = data.loss.over_baseline ? trials.baseline[trial] : 1;
  return trials.best_val_loss[trial] / unit;
});

// All trials with a score, the best first: one pass over them gives the quantiles of any groups.
const byScore = Uint32Array.from(
  Array.from(trialScore.keys()).filter((trial) => !Number.isNaN(trialScore[trial])),
).sort((a, b) => (trialScore[a] < trialScore[b] ? -1 : trialScore[a] > trialScore[b] ? 1 : a - b));

// Whether a setting can be better than another: not if all diverged or failed.
const hasScores = settings.score.some(Number.isFinite);

const axisNamed = (name) => axes.find((axis) => axis.name === name);
const axisText = (axis, row) =>
  axis.range_labels.length
    ? numberText(axis.values[axis.codes[row]])
    : axis.labels[axis.codes[row]];
// The setting of a row in words, without the value on the axis `without`.
const settingText = (row, without) =>
  axes
    .filter((axis) => axis !== without)
    .map((axis) => `${axis.name} ${axisText(axis, row)}`)
    .join(", ") || "the only setting";
