"""The trials as the pictures see them: a score each, the settings that vary, what each explains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnnsweep.analysis.grouped import lowest, mean_ranks, means, medians
from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.ranking import ranking_of
from rnnsweep.value_text import number

from .setting import Setting, determines, in_ranges, is_scattered, setting_of

# Baselines of different seeds scatter by some percent, with the validation parts; those of tasks
# that differ in length or noise by more.
SAME_BASELINE = 0.05
# Medians this close are no news.
ALIKE = 0.05


@dataclass(frozen=True)
class Study:
    """Trials with a score, and what varies among them.

    Attributes
    ----------
    trials : Outcomes
        Those that did not fail, in their order.
    score : (n_trials,) array
        Best validation loss, over its baseline where problems differ (`rnnsweep.analysis.ranking`);
        infinite where the trial diverged.
    over_baseline : bool
        Whether it is that.
    unit : (n_trials,) array
        What a trial's losses are divided by: 1, or its baseline.
    baseline : (n_trials,) array
        In that unit, of the best trivial predictor; NaN where there is none.
    settings : tuple of Setting
        Those that vary, the largest effect first; those that apply to a part of the trials last.
        Numbers that are many and hardly tried again stand in ranges.
    exact : dict
        The same by name, each with a code for every value.
    combination : (n_trials,) array of int
        Equal where all settings but the seed are equal: 0, 1, ...
    median : (n_combinations,) array
        Of the scores; infinite where half or more diverged.
    baselines : dict
        Validation loss of the trivial predictors, the best first; empty where every task that is
        swept over has its own.
    n_failed : int
        Trials left out because they failed.
    """

    trials: Outcomes
    score: NDArray[np.float64]
    over_baseline: bool
    unit: NDArray[np.float64]
    baseline: NDArray[np.float64]
    settings: tuple[Setting, ...]
    exact: dict[str, Setting]
    combination: NDArray[np.intp]
    median: NDArray[np.float64]
    baselines: dict[str, float]
    n_failed: int

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which trials diverged."""
        return np.isinf(self.score)

    def tied(self, one: Setting, other: Setting) -> bool:
        """Tell whether the one setting's value settles the other's, as where they are zipped."""
        return determines(self.exact[one.name].codes, self.exact[other.name].codes)

    def setting(self, name: str) -> Setting | None:
        """Return the setting of that name, if it varies."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def best(self, among: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the trials of the combination with the lowest median score.

        Ties, as where everything diverged, go to the first combination.

        Parameters
        ----------
        among : (n,) array of int
            Indices of trials, all or none of a combination.
        """
        if not len(among):
            return among
        combinations = np.unique(self.combination[among])
        first = combinations[np.argmin(self.median[combinations])]
        members: NDArray[np.intp] = among[self.combination[among] == first]
        return members

    def best_values(self, setting: Setting, at_most: int) -> list[int]:
        """Return codes of the values under which some combination did best, in their order."""
        best = lowest(self.median[self.combination], setting.codes, len(setting.labels))
        tried = np.flatnonzero(~np.isnan(best))
        order = np.argsort(best[tried], kind="stable")
        return sorted(tried[order[:at_most]].tolist())

    def some_values(self, setting: Setting, at_most: int) -> list[int]:
        """Return codes of a few values: of numbers evenly from first to last, of words the best."""
        n = len(setting.labels)
        if n <= at_most or not setting.numeric:
            return self.best_values(setting, at_most)
        codes = [int(code) for code in np.linspace(0, n - 1, at_most).round()]
        best = self.best_values(setting, 1)[0]
        nearest = min(range(at_most), key=lambda place: abs(codes[place] - best))
        codes[nearest] = best
        return sorted(set(codes))

    def baselines_of(self, indices: NDArray[np.intp]) -> dict[str, float]:
        """Return the common baselines, else the one of these trials, without a name."""
        if self.baselines:
            return self.baselines
        own = self.baseline[indices]
        own = own[~np.isnan(own)]
        if not len(own):
            return {}
        median = float(np.median(own))
        alike = np.isfinite(median) and np.ptp(own) <= 2 * SAME_BASELINE * median
        return {"": median} if alike else {}

    def loss_label(self, what: str) -> str:
        """Return the words with the loss's name and unit, as in "validation loss (mse)"."""
        if self.over_baseline:
            return f"{what} / its baseline"
        units = {"bce": "bce, nats", "cross_entropy": "cross-entropy, nats"}
        names = [units.get(name, str(name)) for name in dict.fromkeys(self.trials.settings["loss"])]
        return f"{what} ({', '.join(names)})"

    def counts(self) -> list[str]:
        """Say how many trials there are, and how many beat the baseline, did not, diverged."""
        n, diverged = len(self.score), int(self.diverged.sum())
        beaten = int((self.score <= 0.9 * self.baseline).sum())
        parts = []
        if np.isfinite(self.baseline).any():
            parts.append(f"{beaten} beat the baseline by a tenth or more")
            parts.append(f"{n - beaten - diverged} do not")
        if diverged:
            parts.append(f"{diverged} diverged")
        notes = [f"of {n} trials " + ", ".join(parts)] if parts and n > 1 else []
        if not notes:
            notes = [f"{n} trial{'s' if n != 1 else ''}"]
        if self.n_failed:
            notes.append(f"not shown: {self.n_failed} that failed")
        if self.over_baseline:
            notes.append("losses are those over each trial's own baseline, since problems differ")
        return notes

    def headline(self) -> str:
        """Say which combination is best, if any stands out."""
        if self.diverged.all():
            return "Every trial diverged"
        best = self.best(np.arange(len(self.score)))
        median = self.median[self.combination[best[0]]]
        if np.isinf(median):
            return "Most trials of every setting diverge"
        found = f"Best validation loss {number(median)}"
        if self.over_baseline:
            found += " times its baseline"
        if len(self.median) == 1:
            return found
        if self.median.max() <= (1 + ALIKE) * median:
            return f"{found}, whatever the setting"
        return f"{found}: {self.describe(int(best[0]))}"

    def describe(self, index: int, limit: int = 4) -> str:
        """Return a trial's settings in words, the ones with the largest effect first."""
        told = [setting for setting in self.settings if setting.applies(setting.codes[index])]
        parts = [
            self.exact[setting.name].phrase(self.exact[setting.name].codes[index])
            for setting in told[:limit]
        ]
        return ", ".join(parts) + (", …" if len(told) > limit else "")


def study(trials: Outcomes, swept: Sequence[str], baselines: Mapping[str, float]) -> Study:
    """Prepare the trials for the pictures.

    Parameters
    ----------
    trials : Outcomes
    swept : sequence of str
        Names of the settings that vary, without the seed.
    baselines : mapping
        Validation loss of each trivial predictor, the best first; may be empty.
    """
    ranking = ranking_of(trials)
    kept = ~np.isnan(ranking.scores)
    score, unit = ranking.scores[kept], ranking.units[kept]
    trials_kept = trials.take(np.flatnonzero(kept))
    baseline = trials_kept.numbers["baseline"]
    if ranking.over_baseline:
        baseline, baselines = np.ones(len(score)), {"": 1.0}
    every = [setting_of(trials.settings, name) for name in swept]
    varying = [setting for setting in every if len(setting.labels) > 1]
    shown = [in_ranges(it) if is_scattered(it, varying) else it for it in varying]
    varying, shown = ([replace(s, codes=s.codes[kept]) for s in some] for some in (varying, shown))
    settings = [replace(s, share=_share(score, s)) for s in shown]
    # A share that cannot be known stands last; equal shares keep the file's order.
    settings.sort(key=lambda s: (s.partial, np.inf if np.isnan(s.share) else -s.share))
    combination = np.zeros(len(score), np.intp)
    if varying and len(score):
        codes = np.stack([setting.codes for setting in varying], axis=1)
        combination = np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
    return Study(
        trials=trials_kept,
        score=score,
        over_baseline=ranking.over_baseline,
        unit=unit,
        baseline=baseline,
        settings=tuple(settings),
        exact={setting.name: setting for setting in varying},
        combination=combination,
        median=medians(score, combination, int(combination.max(initial=-1)) + 1),
        baselines=_common(baseline, shown, baselines),
        n_failed=int(trials.have("failed").sum()),
    )


def _common(
    own: NDArray[np.float64], settings: Sequence[Setting], baselines: Mapping[str, float]
) -> dict[str, float]:
    """Return the given baselines, unless they depend on a setting, as those of a task may."""
    for setting in settings:
        middle = medians(own, setting.codes, len(setting.labels))
        middle = middle[~np.isnan(middle)]
        if len(middle) and middle.max() > (1 + SAME_BASELINE) * middle.min():
            return {}
    return {name: float(loss) for name, loss in baselines.items() if np.isfinite(loss)}


def _share(score: NDArray[np.float64], setting: Setting) -> float:
    applies = setting.applies(setting.codes)
    return explained(score[applies], setting.codes[applies])


def explained(score: NDArray[np.float64], codes: NDArray[np.intp]) -> float:
    """Return the share of the variance of the scores' ranks that a setting explains alone.

    Ranks take infinite scores (diverged: the worst, tied) and zeros as they are, and equal the
    ranks of the logarithms. The share is eta squared of Kruskal and Wallis corrected for the
    number of values, `(H - k + 1) / (n - k)` (Tomczak and Tomczak 2014, Trends in Sport Sciences
    21, p. 24): without the correction 60 values tried twice would explain half of pure noise.

    Parameters
    ----------
    score : (n,) array
        Losses, possibly infinite.
    codes : (n,) array of int
        The setting's value in each trial.

    Returns
    -------
    float
        Between 0 and 1; NaN where no value was tried twice.
    """
    n, n_values = len(score), len(np.unique(codes))
    if n <= n_values:
        return np.nan
    ranks = mean_ranks(score)
    total = float(((ranks - ranks.mean()) ** 2).sum())
    if total == 0.0:
        return 0.0
    within = float(((ranks - means(ranks, codes, int(codes.max()) + 1)[codes]) ** 2).sum())
    return max(0.0, 1.0 - within / total * (n - 1) / (n - n_values))


def quartiles(values: NDArray[np.float64], axis: int = 0) -> NDArray[np.float64]:
    """Return quartiles that occur among the values: infinite ones cannot be interpolated."""
    return np.quantile(values, [0.25, 0.75], axis=axis, method="closest_observation")


def verdict(loss: float, baseline: float | None) -> str:
    """Say what a median best validation loss means beside the baseline."""
    if np.isinf(loss):
        return "diverges"
    if baseline is None or baseline <= 0:
        return f"reaches {number(loss)}"
    ratio = loss / baseline
    if ratio <= 0.5:
        times = f", {number(1 / ratio, 2)} times under the baseline" if loss > 0 else ""
        return f"reaches {number(loss)}{times}"
    if ratio <= 0.9:
        return f"reaches {number(loss)}, {100 * (1 - ratio):.0f} % under the baseline"
    if ratio <= 1.1:
        return f"stalls at the baseline: {number(loss)}"
    return f"stays above the baseline: {number(loss)}"
