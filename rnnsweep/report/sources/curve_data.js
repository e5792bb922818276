// The losses of trials after each epoch: from the codes in the contents to quantiles.

const { curves } = data;
const nEpochs = curves.epochs.length;
const FIRST_CODE = 1, LAST_CODE = 65534, INFINITE_CODE = 65535; // as in curves.py
const MANY_TRIALS = 2000; // are counted by their codes rather than sorted

const lossOfCode = Float64Array.from({ length: 65536 }, (_, code) => {
  if (code < FIRST_CODE) return NaN;
  if (code === INFINITE_CODE) return Infinity;
  const share = (code - FIRST_CODE) / (LAST_CODE - FIRST_CODE);
  return Math.exp(curves.low + share * (curves.high - curves.low));
});

// The trials of some settings that did not fail.
function trialsOf(rows) {
  const members = [];
  for (const row of rows) {
    for (let trial = settings.first[row]; trial < settings.first[row + 1]; trial++) {
      if (trials.status[trial] !== STATUS.failed) members.push(trial);
    }
  }
  return members;
}

// How many of the page's epochs the longest of some trials has.
function epochsOf(members) {
  let longest = 0;
  for (const trial of members) longest = Math.max(longest, trials.epochs_run[trial]);
  const after = curves.epochs.findIndex((epoch) => epoch >= longest);
  return after < 0 ? nEpochs : after;
}

// For each share the quantiles of the losses of some trials after each epoch.
function curveQuantiles(members, shares) {
  const quantiles = shares.map(() => new Float64Array(nEpochs).fill(NaN));
  if (!members.length) return quantiles;
  const fill = members.length > MANY_TRIALS ? fillByCounting : fillBySorting;
  fill(members, shares, quantiles);
  return quantiles;
}

function fillBySorting(members, shares, quantiles) {
  const codes = new Uint16Array(members.length);
  for (let epoch = 0; epoch < nEpochs; epoch++) {
    const start = epoch * nTrials;
    for (let i = 0; i < members.length; i++) codes[i] = curves.codes[start + members[i]];
    codes.sort();
    const losses = Array.from(codes, (code) => lossOfCode[code]);
    shares.forEach((share, i) => { quantiles[i][epoch] = quantile(losses, share); });
  }
}

// Of many trials the lower of the two nearest losses is exact enough.
function fillByCounting(members, shares, quantiles) {
  const counts = new Uint32Array(65536);
  for (let epoch = 0; epoch < nEpochs; epoch++) {
    const start = epoch * nTrials;
    counts.fill(0);
    for (let i = 0; i < members.length; i++) counts[curves.codes[start + members[i]]]++;
    let code = 0;
    let seen = counts[0];
    shares.forEach((share, i) => {
      while (seen <= share * (members.length - 1)) seen += counts[++code];
      quantiles[i][epoch] = lossOfCode[code];
    });
  }
}

const seedLosses = (trial) =>
  Array.from({ length: epochsOf([trial]) }, (_, epoch) => lossOfCode[curves.codes[epoch * nTrials + trial]]);
