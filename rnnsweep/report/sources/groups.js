// Quantiles over groups of trials: one pass over all trials in the order of their scores.

// The quantiles of the scores of each group, and how many trials it has and how many diverged.
// `groupOf` gives the group of each setting of the table, -1 for one that is left out.
function groupScores(groupOf, nGroups, shares) {
  const n = new Uint32Array(nGroups);
  const nDiverged = new Uint32Array(nGroups);
  for (const trial of byScore) {
    const group = groupOf[settingOf[trial]];
    if (group < 0) continue;
    n[group]++;
    if (trialScore[trial] === Infinity) nDiverged[group]++;
  }
  const quantiles = shares.map(() => new Float64Array(nGroups).fill(NaN));
  const seen = new Uint32Array(nGroups);
  for (const trial of byScore) {
    const group = groupOf[settingOf[trial]];
    if (group < 0) continue;
    const place = seen[group]++;
    shares.forEach((share, i) => {
      const wanted = share * (n[group] - 1);
      const values = quantiles[i];
      if (place === Math.floor(wanted)) values[group] = trialScore[trial];
      if (place === Math.ceil(wanted)) {
        values[group] = between(values[group], trialScore[trial], wanted - Math.floor(wanted));
      }
    });
  }
  return { n, nDiverged, quantiles };
}

// The median epoch at which the trials of each group diverged; NaN where none did.
function groupDivergence(groupOf, nGroups) {
  const epochs = Array.from({ length: nGroups }, () => []);
  for (let trial = 0; trial < nTrials; trial++) {
    const group = groupOf[settingOf[trial]];
    if (group >= 0 && trials.status[trial] === STATUS.diverged) {
      epochs[group].push(trials.diverged_epoch[trial]);
    }
  }
  return epochs.map((own) =>
    own.length
      ? quantile(
          own.sort((a, b) => a - b),
          0.5,
        )
      : NaN,
  );
}

// The place of each value of an axis among the labels that a view shows, and these labels: the
// values themselves, or ranges of a number with many values.
const isRanged = (axis) => axis.range_labels.length > 0;
const shownLabels = (axis) => (isRanged(axis) ? axis.range_labels : axis.labels);
const shownCode = (axis, row) => (isRanged(axis) ? axis.ranges[axis.codes[row]] : axis.codes[row]);

// Which values of an axis belong to one shown label, as flags for a filter.
function flagsOf(axis, shownPlace) {
  const places = isRanged(axis) ? axis.ranges : axis.labels.map((_, code) => code);
  return Uint8Array.from(places, (place) => (place === shownPlace ? 1 : 0));
}

const sameFlags = (a, b) =>
  Boolean(a) && a.length === b.length && a.every((flag, i) => flag === b[i]);

// A filter for one label of an axis; none if that is the filter already.
function toggledAllowed(axisPlace, shownPlace) {
  const flags = flagsOf(axes[axisPlace], shownPlace);
  return allowedWith(axisPlace, sameFlags(state.allowed[axisPlace], flags) ? null : flags);
}
