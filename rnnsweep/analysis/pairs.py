"""Pairs of trials that differ in the compared settings alone, and so share their seed.

Trials with the same seed share their data, their initial weights and the order of their batches
(common random numbers). The difference within a pair therefore scatters less than the losses do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes
from rnnsweep.errors import SweepError
from rnnsweep.store.rank import problem_settings
from rnnsweep.value_text import distinct_texts
from rnnsweep.vocabulary import SEEDS

from .bootstrap import seed_columns
from .chosen import trials_of_chosen
from .outcomes import Outcomes
from .selection import having, selection_text, value_of

_SHOWN = 5


@dataclass(frozen=True)
class Pairs:
    """Pairs of trials, in the order of the first trials.

    Attributes
    ----------
    outcomes : Outcomes
        All trials.
    a, b : (n_pairs,) array of int
        The places of the two trials of each pair.
    text_a, text_b : str
        What is compared, as "activation=relu".
    common : list of str
        Names of the settings in which the pairs vary, and the trials of a pair agree.
    problems : list of str
        Those of the settings in which the trials of a pair differ that make their losses
        incomparable.
    differences : str
        In which settings the trials of a pair differ that `text_a` and `text_b` do not both name,
        as "hidden_size is 8 and 16"; empty without any.
    n_unpaired : tuple of int
        How many trials of each side have no partner.
    """

    outcomes: Outcomes
    a: Codes
    b: Codes
    text_a: str
    text_b: str
    common: list[str]
    problems: list[str]
    differences: str
    n_unpaired: tuple[int, int]

    def __len__(self) -> int:
        return len(self.a)

    def column(self, name: str) -> list[Any]:
        """Return the values of a setting or seed in which the trials of a pair agree."""
        values = self.outcomes.settings[name]
        return [values[place] for place in self.a.tolist()]

    @property
    def seeds(self) -> list[list[Any]]:
        """The values of each seed."""
        return [self.column(name) for name in seed_columns(self.outcomes)]


def pairs_of_settings(
    outcomes: Outcomes,
    swept: Sequence[str],
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    best: bool = False,
) -> Pairs:
    """Return the pairs of one trial with the settings `a` and one with the settings `b`.

    The trials of a pair agree in every other swept setting and in their seeds. A setting that one
    side alone names has the same value on the other side; only if the trials there have one other
    value, as where an axis exists under a condition, it may differ.

    Parameters
    ----------
    outcomes : Outcomes
        With the swept settings, those that `a` and `b` name, and the seeds.
    swept : sequence of str
    a, b : mapping
        Values of settings, or texts that mean them (`value_of`).
    best : bool
        Take of each side only the setting with the lowest validation loss (`chosen`) of each
        problem. Then the trials of a pair agree in the problem and in their seeds.

    Raises
    ------
    SweepError
        If a value is not there, or there is no pair.
    """
    if seeds := [name for name in (*a, *b) if name in SEEDS]:
        raise SweepError(f"{seeds[0]} cannot be compared: the trials of a pair share it")
    if not len(outcomes):
        raise SweepError("no trial has ended yet")
    columns = outcomes.settings
    sides = [
        {name: value_of(name, entry, columns[name]) for name, entry in side.items()}
        for side in (a, b)
    ]
    texts = [selection_text(side, columns) for side in sides]
    flags = [having(outcomes, side) for side in sides]
    for text, members in zip(texts, flags, strict=True):
        if not members.any():
            raise SweepError(f"no trial has {text}")
    differing = [name for name in sides[0] if name in sides[1]]
    if all(sides[0][name] == sides[1][name] for name in differing):
        raise SweepError(
            f"{texts[0]} and {texts[1]} do not exclude each other; name another value of the same "
            "setting on both sides"
        )
    places, unnamed = [np.flatnonzero(members) for members in flags], []
    if best:
        return _matched_best(outcomes, places, texts, [n for n in swept if n not in differing])
    for side, others in ((sides[0], places[1]), (sides[1], places[0])):
        for name in [name for name in side if name not in differing]:
            elsewhere = {columns[name][place] for place in others.tolist()}
            if elsewhere != {side[name]} and len(elsewhere) == 1:
                unnamed.append(name)
    common = [name for name in swept if name not in (*differing, *unnamed)]
    return _matched(outcomes, places, texts, common, unnamed)


def pairs_of_sweeps(sweeps: Mapping[str, Outcomes], best: bool = False) -> Pairs:
    """Return the pairs of one trial of each of two sweeps.

    The trials of a pair agree in their seeds and in every setting but those that have one value in
    the one sweep and one other value in the other: these are what is compared.

    Parameters
    ----------
    sweeps : mapping
        The outcomes of the two sweeps, with all settings of the trials, by what to call them.
    best : bool
        As for `pairs_of_settings`.

    Raises
    ------
    SweepError
        If the problems of the sweeps differ, or there is no pair.
    """
    if len(sweeps) != 2:
        raise SweepError(f"{', '.join(sweeps)} is compared with itself; name another folder")
    for text, part in sweeps.items():
        if not len(part):
            raise SweepError(f"no trial of {text} has ended yet")
    (text_a, a), (text_b, b) = sweeps.items()
    outcomes = joined(a, b)
    places = [np.arange(len(a)), len(a) + np.arange(len(b))]
    common: list[str] = []
    differing: list[str] = []
    for name, values in outcomes.settings.items():
        in_a, in_b = set(values[: len(a)]), set(values[len(a) :])
        if name not in SEEDS:
            (differing if in_a != in_b and len(in_a) == len(in_b) == 1 else common).append(name)
    if problem := problem_settings(differing):
        raise SweepError(
            f"{text_a} and {text_b} have different problems, whose losses do not compare: "
            f"{_sides(outcomes, places, problem)}"
        )
    if best:
        return _matched_best(outcomes, places, [text_a, text_b], [*common, *differing])
    return _matched(outcomes, places, [text_a, text_b], common, differing)


def _matched_best(
    outcomes: Outcomes, places: Sequence[Codes], texts: Sequence[str], names: Sequence[str]
) -> Pairs:
    """Return the pairs of the best settings of both sides, which may differ in these names."""
    best = []
    for side, text in zip(places, texts, strict=True):
        trials = outcomes.take(side)
        vary = [name for name in names if len({*trials.settings[name]}) > 1]
        flags = trials_of_chosen(trials, vary)
        if not flags.any():
            raise SweepError(f"no setting of {text} has a finite median loss")
        best.append(side[flags])
    problem = problem_settings(names)
    differing = [
        name
        for name in names
        if name not in problem
        and len({outcomes.settings[name][place] for side in best for place in side.tolist()}) > 1
    ]
    return _matched(outcomes, best, [f"best of {text}" for text in texts], problem, differing)


def joined(a: Outcomes, b: Outcomes) -> Outcomes:
    """Return the outcomes of the trials of two sweeps, one after the other.

    A trial of a sweep without some setting has None there. Both have the same numbers.
    """
    names = dict.fromkeys([*a.settings, *b.settings])
    settings = {
        name: [value for part in (a, b) for value in part.settings.get(name, [None] * len(part))]
        for name in names
    }
    numbers = {name: np.concatenate([a.numbers[name], b.numbers[name]]) for name in a.numbers}
    return Outcomes([*a.trial_id, *b.trial_id], [*a.status, *b.status], settings, numbers)


def _matched(
    outcomes: Outcomes,
    places: Sequence[Codes],
    texts: Sequence[str],
    common: Sequence[str],
    differing: Sequence[str],
) -> Pairs:
    """Return the pairs of trials at these places that agree in the common settings and seeds.

    `differing` are the settings in which they differ without being named.
    """
    columns = [outcomes.settings[name] for name in (*common, *seed_columns(outcomes))]
    key_of = list(zip(*columns, strict=True)) if columns else [()] * len(outcomes)
    partner = {key_of[place]: place for place in places[1].tolist()}
    matches = [
        (place, partner[key_of[place]]) for place in places[0].tolist() if key_of[place] in partner
    ]
    if not matches:
        raise SweepError(_no_pair(outcomes, places, texts, common))
    a, b = np.array(matches, np.intp).T
    vary = [
        name for name in common if len({outcomes.settings[name][place] for place in a.tolist()}) > 1
    ]
    n_unpaired = (len(places[0]) - len(a), len(places[1]) - len(set(b.tolist())))
    problems = [
        name
        for name in problem_settings(outcomes.settings)
        if outcomes.settings[name][a[0]] != outcomes.settings[name][b[0]]
    ]
    differences = _sides(outcomes, (a, b), differing)
    return Pairs(outcomes, a, b, texts[0], texts[1], vary, problems, differences, n_unpaired)


def _no_pair(
    outcomes: Outcomes, places: Sequence[Codes], texts: Sequence[str], common: Iterable[str]
) -> str:
    """Return why no trial of one side has a partner on the other, and what to do."""
    said = f"no trial of {texts[0]} has a partner in {texts[1]}"
    apart = [name for name in common if not _shared(outcomes.settings[name], places)]
    if apart:
        return (
            f"{said} with the same other settings: {_sides(outcomes, places, apart)}; name what "
            "differs on both sides, as in cell=gru,learning_rate=0.1"
        )
    seeds = [
        name for name in seed_columns(outcomes) if not _shared(outcomes.settings[name], places)
    ]
    if seeds:
        return (
            f"{said}: they have no seed in common ({_sides(outcomes, places, seeds)}); train both "
            "with the same seeds"
        )
    return (
        f"{said}: no two of their trials share all other settings and the seed, as in a random "
        "search. Pairs need a grid; --best (in Python best=True) compares the best setting of each "
        "side, and results.budget(by=...) what a number of random settings reaches"
    )


def _shared(column: Sequence[Any], places: Sequence[Codes]) -> bool:
    in_a, in_b = ({column[place] for place in side.tolist()} for side in places)
    return not in_a.isdisjoint(in_b)


def _sides(outcomes: Outcomes, places: Sequence[Codes], names: Iterable[str]) -> str:
    """Return the values of settings on both sides, "learning_rate is 0.1 and 0.01"."""
    return "; ".join(
        f"{name} is {' and '.join(_values(outcomes.settings[name], side) for side in places)}"
        for name in names
    )


def _values(column: Sequence[Any], places: Codes) -> str:
    texts = distinct_texts(list(dict.fromkeys(column[place] for place in places.tolist())))
    more = ", ..." if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
