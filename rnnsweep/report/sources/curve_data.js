// The losses of trials after each epoch: from the codes in the contents to quantiles.

const { curves } = data;
const nEpochs = curves.epochs.length;
// As in curves.py.
const FIRST_CODE = 1;
const LAST_CODE = 65534;
const INFINITE_CODE = 65535;
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

// For each share, ascending, the quantiles of the losses of some trials after each epoch.
function curveQuantiles(members, shares) {
  const quantiles = shares.map(() => new Float64Array(nEpochs).fill(NaN));
  if (!members.length) return quantiles;
  const ascending =
    members.length > MANY_TRIALS ? codesByCounting(members) : codesBySorting(members);
  for (let epoch = 0; epoch < nEpochs; epoch++) {
    const codeAt = ascending(epoch);
    const lossAtPlace = (place) => lossOfCode[codeAt(place)];
    shares.forEach((share, i) => {
      quantiles[i][epoch] = quantileOf(members.length, lossAtPlace, share);
    });
  }
  return quantiles;
}

// The codes of some trials after an epoch in ascending order: a function that returns the one at a
// place. Places are asked for in ascending order, too.
function codesBySorting(members) {
  const codes = new Uint16Array(members.length);
  return (epoch) => {
    const start = epoch * nTrials;
    for (let i = 0; i < members.length; i++) codes[i] = curves.codes[start + members[i]];
    codes.sort();
    return (place) => codes[place];
  };
}

function codesByCounting(members) {
  const counts = new Uint32Array(65536);
  return (epoch) => {
    const start = epoch * nTrials;
    counts.fill(0);
    for (let i = 0; i < members.length; i++) counts[curves.codes[start + members[i]]]++;
    let code = 0;
    let nUpTo = counts[0];
    return (place) => {
      while (nUpTo <= place) nUpTo += counts[++code];
      return code;
    };
  };
}

const seedLosses = (trial) =>
  Array.from(
    { length: epochsOf([trial]) },
    (_, epoch) => lossOfCode[curves.codes[epoch * nTrials + trial]],
  );
