"""The trials of a sweep as the plots need them: their scores, and the settings that vary."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnsweep.analysis.grouped import lowest, mean_ranks, means, medians
from rnnsweep.analysis.importance import importance_of
from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.parts_of_variance import Part
from rnnsweep.analysis.ranking import ranking_of
from rnnsweep.array_types import Codes, Flags, Floats
from rnnsweep.errors import SweepError
from rnnsweep.value_text import number
from rnnsweep.vocabulary import SEEDS

from .setting import Setting, determines, in_ranges, is_scattered, setting_of

# Baselines of different seeds differ by some percent, as their validation parts do; those of tasks
# with another length or noise differ by more than this.
SAME_BASELINE = 0.05
# The headline names no best setting where all medians are this close to each other.
ALIKE = 0.05


@dataclass(frozen=True)
class Study:
    """The trials that have a score, and the settings that vary among them.

    Attributes
    ----------
    trials : Outcomes
        Those that did not fail, in their order.
    score : (n_trials,) array
        What each trial is ranked by (`rnnsweep.store.rank`): its best validation loss, in `unit`;
        infinite for a trial that diverged.
    over_baseline : bool
        Whether scores are losses over the trials' baselines.
    unit : (n_trials,) array
        What each trial's losses are divided by: its baseline, or 1.
    baseline : (n_trials,) array
        The loss of the best trivial predictor for each trial, in `unit`; NaN where there is none.
    settings : tuple of Setting
        The settings that vary, that with the largest effect first; those that apply to a part of
        the trials come last. Numbers with many values in few trials each are in ranges.
    exact : dict
        The same settings by name, with a code for every value in place of ranges.
    combination : (n_trials,) array of int
        A code 0, 1, ... for each combination of the settings without the seed.
    median : (n_combinations,) array
        The median score of each combination; infinite where half of its trials or more diverged.
    baselines : dict
        Validation losses of the trivial predictors by name, the best first, if they are the same
        for all trials; else empty.
    n_failed : int
        Number of trials that are left out because they failed.
    """

    trials: Outcomes
    score: Floats
    over_baseline: bool
    unit: Floats
    baseline: Floats
    settings: tuple[Setting, ...]
    exact: dict[str, Setting]
    combination: Codes
    median: Floats
    baselines: dict[str, float]
    n_failed: int

    @property
    def diverged(self) -> Flags:
        """A boolean for each trial: whether it diverged."""
        return np.isinf(self.score)

    def tied(self, setting: Setting, other: Setting) -> bool:
        """Return whether the value of a setting determines that of another, as in a [[zip]]."""
        return determines(self.exact[setting.name].codes, self.exact[other.name].codes)

    def independent(self, drawn: Iterable[Setting | None]) -> list[Setting]:
        """Return the settings that none of the drawn ones determines."""
        axes = [setting for setting in drawn if setting is not None]
        return [s for s in self.settings if not any(self.tied(axis, s) for axis in axes)]

    def setting(self, name: str) -> Setting | None:
        """Return the setting of this name; None if it does not vary."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def best(self, among: Codes) -> Codes:
        """Return the places of the trials of the best combination among some trials.

        The best is that with the lowest median score, and the first of equals, as where all trials
        diverged.

        Parameters
        ----------
        among : (n,) array of int
            Places of trials; all trials of a combination, or none of them.
        """
        if not len(among):
            return among
        combinations = np.unique(self.combination[among])
        first = combinations[np.argmin(self.median[combinations])]
        members: Codes = among[self.combination[among] == first]
        return members

    def best_values(self, setting: Setting, at_most: int) -> list[int]:
        """Return the codes of up to `at_most` values, those of the best combinations, ascending."""
        best = lowest(self.median[self.combination], setting.codes, len(setting.labels))
        tried = np.flatnonzero(~np.isnan(best))
        order = np.argsort(best[tried], kind="stable")
        return sorted(tried[order[:at_most]].tolist())

    def some_values(self, setting: Setting, at_most: int) -> list[int]:
        """Return the codes of up to `at_most` values to show, ascending.

        Of numbers they are evenly spaced from first to last, with the best one among them; of
        words they are the best ones.
        """
        n = len(setting.labels)
        if n <= at_most or not setting.numeric:
            return self.best_values(setting, at_most)
        codes = [int(code) for code in np.linspace(0, n - 1, at_most).round()]
        best = self.best_values(setting, 1)[0]
        closest = min(range(at_most), key=lambda place: abs(codes[place] - best))
        codes[closest] = best
        return sorted(set(codes))

    def baselines_of(self, places: Codes) -> dict[str, float]:
        """Return the baselines by predictor that the trials at these places share.

        Where not all trials of the study share one, it is the median baseline of these trials,
        under the name "", if they agree in it; else nothing.
        """
        if self.baselines:
            return self.baselines
        losses = self.baseline[places]
        losses = losses[~np.isnan(losses)]
        if not len(losses):
            return {}
        median = float(np.median(losses))
        agree = np.isfinite(median) and np.ptp(losses) <= 2 * SAME_BASELINE * median
        return {"": median} if agree else {}

    def loss_label(self, what: str) -> str:
        """Return these words with the name and the unit of the loss: "validation loss (mse)"."""
        if self.over_baseline:
            return f"{what} / its baseline"
        units = {"bce": "bce, nats", "cross_entropy": "cross-entropy, nats"}
        names = [units.get(name, str(name)) for name in dict.fromkeys(self.trials.settings["loss"])]
        return f"{what} ({', '.join(names)})"

    def seeds(self) -> str:
        """Return how many seeds there are in words, "3 seeds"; no number where several vary."""
        varying = [name for name in SEEDS if len({*self.trials.settings.get(name, ())}) > 1]
        most = int(np.bincount(self.combination).max(initial=0))
        return f"{most} seeds" if len(varying) == 1 else "the seeds"

    def counts(self) -> list[str]:
        """Return notes: how many trials there are, beat the baseline, do not, diverged, failed."""
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
        """Return a sentence on the best combination, or that none is better than the others."""
        if self.diverged.all():
            return "Every trial diverged"
        best = self.best(np.arange(len(self.score)))
        median = self.median[self.combination[best[0]]]
        if np.isinf(median):
            return "Most trials of every setting diverge"
        loss = f"Best validation loss {number(median)}"
        if self.over_baseline:
            loss += " times its baseline"
        if len(self.median) == 1:
            return loss
        if self.median.max() <= (1 + ALIKE) * median:
            return f"{loss}, whatever the setting"
        return f"{loss}: {self.describe(int(best[0]))}"

    def describe(self, place: int, limit: int = 4) -> str:
        """Return up to `limit` settings of a trial in words, that with the largest effect first."""
        settings = [setting for setting in self.settings if setting.applies(setting.codes[place])]
        parts = [
            self.exact[setting.name].phrase(self.exact[setting.name].codes[place])
            for setting in settings[:limit]
        ]
        return ", ".join(parts) + (", …" if len(settings) > limit else "")


def study_of(outcomes: Outcomes, swept: Sequence[str], baselines: Mapping[str, float]) -> Study:
    """Return the study of a sweep's trials.

    Parameters
    ----------
    outcomes : Outcomes
        Of all trials of the sweep that ended.
    swept : sequence of str
        Names of the settings that vary, without the seed.
    baselines : mapping
        Validation losses of the trivial predictors by name, the best first; may be empty.
    """
    ranking = ranking_of(outcomes)
    has_score = ~np.isnan(ranking.scores)
    score, unit = ranking.scores[has_score], ranking.units[has_score]
    trials = outcomes.take(np.flatnonzero(has_score))
    baseline = trials.numbers["baseline"]
    if ranking.over_baseline:
        baseline, baselines = np.ones(len(score)), {"": 1.0}
    all_settings = [setting_of(outcomes.settings, name) for name in swept]
    varying = [setting for setting in all_settings if len(setting.labels) > 1]
    shown = [in_ranges(s) if is_scattered(s, varying) else s for s in varying]
    varying = [replace(s, codes=s.codes[has_score]) for s in varying]
    shown = [replace(s, codes=s.codes[has_score]) for s in shown]
    settings = [replace(s, effect=_effect(score, s)) for s in shown]
    shares = _exact_shares(outcomes, swept)
    for place, own in enumerate(settings):
        if own.name in shares:
            part = shares[own.name]
            share = part.share
            settings[place] = replace(own, effect=share, share=share, may_be_luck=part.may_be_luck)
    # A setting whose effect is not known comes last; equal effects are in the file's order.
    settings.sort(key=lambda s: (s.partial, np.inf if np.isnan(s.effect) else -s.effect))
    combination = np.zeros(len(score), np.intp)
    if varying and len(score):
        codes = np.stack([setting.codes for setting in varying], axis=1)
        combination = np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
    return Study(
        trials=trials,
        score=score,
        over_baseline=ranking.over_baseline,
        unit=unit,
        baseline=baseline,
        settings=tuple(settings),
        exact={setting.name: setting for setting in varying},
        combination=combination,
        median=medians(score, combination, int(combination.max(initial=-1)) + 1),
        baselines=_common(baseline, shown, baselines),
        n_failed=int(outcomes.have("failed").sum()),
    )


def _common(
    baseline: Floats, settings: Sequence[Setting], baselines: Mapping[str, float]
) -> dict[str, float]:
    """Return the baselines by predictor, but nothing if the trials' baseline varies with a setting.

    It does where a setting of the task changes the problem.
    """
    for setting in settings:
        by_value = medians(baseline, setting.codes, len(setting.labels))
        by_value = by_value[~np.isnan(by_value)]
        if len(by_value) and by_value.max() > (1 + SAME_BASELINE) * by_value.min():
            return {}
    return {name: float(loss) for name, loss in baselines.items() if np.isfinite(loss)}


def _exact_shares(outcomes: Outcomes, swept: Sequence[str]) -> dict[str, Part]:
    """Return the parts of the settings by name; those that are tied together have none."""
    try:
        parts = importance_of(outcomes, swept, estimate=False).parts
    except SweepError:  # nothing to compare, or no full grid
        return {}
    return {part.name: part for part in parts if part.kind == "setting"}


def _effect(score: Floats, setting: Setting) -> float:
    applies = setting.applies(setting.codes)
    return explained(score[applies], setting.codes[applies])


def explained(score: Floats, codes: Codes) -> float:
    """Return the share of the variance of the scores' ranks that a setting explains alone.

    Ranks need no transformation of the scores: they are those of the logarithms, too, and infinite
    scores (trials that diverged) are the worst and tied. The share is eta squared of the test of
    Kruskal and Wallis, corrected for the number of values, `(H - k + 1) / (n - k)` (Tomczak and
    Tomczak 2014, Trends in Sport Sciences 21, p. 24). Without the correction, 60 values with two
    trials each would explain half of pure noise.

    Parameters
    ----------
    score : (n,) array
        Losses, possibly infinite.
    codes : (n,) array of int
        The setting's value in each trial.

    Returns
    -------
    float
        Between 0 and 1; NaN where no value has two trials.
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


def quartiles(values: Floats, axis: int = 0) -> Floats:
    """Return the lower and the upper quartile, each one of the values.

    They are not interpolated, since infinite values cannot be.
    """
    return np.quantile(values, [0.25, 0.75], axis=axis, method="closest_observation")


def verdict(loss: float, baseline: float | None) -> str:
    """Return words that compare a median best validation loss with the baseline."""
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
