"""What is in the page, as plain data: the one description of it, for Python and JavaScript.

`contents_of` returns a dict that is written as JSON into the page. Its items:

sweep : dict
    `name`, `shard`, `text` (the sweep file), `swept` (names), `counts` (trials by status, `total`
    and `pending`), `headline` and `notes` (sentences).
loss : dict
    `label` (of an axis), `over_baseline`.
baselines : dict
    Validation losses of the trivial predictors by name, in the unit of the scores, where all trials
    share them; 1 under an empty name if `over_baseline`.
axes : list of dict
    The swept settings: `name`, `labels`, `values`, `numeric`, `codes` (of each setting of the
    table), `range_labels` and `ranges`; see `rnnsweep.report.axes.Axis`.
settings : dict of packed arrays
    A row for each combination of swept settings, the best first, as in summary.csv: `first` (its
    first trial; one more at the end), the columns of `COUNTS` and `STATISTICS`, and `score`, the
    median of what trials are ranked by: their best validation loss, over the baseline if
    `over_baseline`, infinite for one that diverged.
trials : dict
    Columns in the order of those rows: `ids` (one text, separated by spaces), `status` (codes of
    `statuses`), `errors` (codes of `error_texts`), and packed arrays of the numbers in `NUMBERS`.
configs : list of dict
    All settings of the trials: `name`, `values`, and `codes` of the trials if they differ.
seeds : list of str
    Those of `configs` that are seeds.
toml : dict
    `lines`: the lines of the sweep file that reruns a trial alone, each as one of `configs`, null
    after the last one; `id` is in the place of the trial's id.
importance : dict
    `parts` (with `name`, `settings`, `kind`, `share`, `low` and `high`; null where there is no
    interval) and `note`, which says what was done, or why there are no parts.
forecast : dict or None
    Of the best network, for a task that forecasts a series: `verdict` (a sentence), `target`,
    `horizon`, `trial_id`, `rows`, `times` (null without any), `truth`, `predictions` (each with
    `name` and `values`, the network's first), `first_test` (the place of the first row of the test
    part; those before are of the validation part) and `errors` by part and predictor.
curves : dict
    `epochs`, `every`, `low`, `high`, `codes`; see `rnnsweep.report.curves.Curves`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnsweep.analysis.baselines import common_baselines
from rnnsweep.analysis.grouped import medians
from rnnsweep.analysis.importance import importance_of
from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.ranking import ranking_of
from rnnsweep.analysis.summary import Summary, summarise
from rnnsweep.array_types import Codes
from rnnsweep.errors import SweepError
from rnnsweep.record import STATUSES
from rnnsweep.store.rows import finite
from rnnsweep.store.store import Store
from rnnsweep.vocabulary import SEEDS

from .axes import Axis, axis_of
from .collected import ID, Collected, collect
from .columns import Column
from .forecast import forecast_contents
from .packing import packed_codes, packed_numbers
from .sentences import headline, notes

COUNTS = ("n", "n_diverged", "n_failed", "rank")
STATISTICS = ("mean", "ci95_low", "ci95_high", "median", "median_test_loss", "test_baseline")
# Of the outcomes and of `collected.NUMBERS`.
NUMBERS = (
    "best_val_loss",
    "test_loss",
    "baseline",
    "test_baseline",
    "epochs_run",
    "diverged_epoch",
    "best_epoch",
    "n_params",
    "best_val_accuracy",
    "test_accuracy",
    "final_val_loss",
)


def contents_of(store: Store) -> dict[str, Any]:
    """Return the contents of the page for the current sweep of a store."""
    info, counts = store.info(), store.counts()
    swept = list(info.swept)
    collected = collect(store, info)
    outcomes = collected.outcomes
    ranking = ranking_of(outcomes)
    summary = summarise(outcomes, swept, success=False)
    row = _rows(summary, collected, swept)
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], np.arange(len(summary.statistics["n"]) + 1))
    axes = [axis_of(name, collected.settings[name]) for name in swept if len(outcomes)]
    scores = medians(ranking.scores, row, len(summary.statistics["n"]))
    curves = collected.curves.all(ranking.units)
    baselines = common_baselines(collected.problems)
    if ranking.over_baseline:
        baselines = {"": 1.0}
    numbers = {**outcomes.numbers, **collected.numbers}
    names = _ordered_settings(collected, swept)
    forecast = forecast_contents(store)
    verdict = [forecast["verdict"]] if forecast else []
    return {
        "sweep": {
            "name": info.name,
            "shard": info.shard,
            "text": info.text,
            "swept": swept,
            "counts": {name: getattr(counts, name) for name in ("total", "pending", *STATUSES)},
            "headline": headline(summary, scores, axes, order[first[:-1]]),
            "notes": [*notes(collected, counts, scores, baselines), *verdict],
        },
        "loss": {
            "label": _loss_label(collected, ranking.over_baseline),
            "over_baseline": ranking.over_baseline,
        },
        "baselines": baselines,
        "axes": [_axis(axis, order[first[:-1]]) for axis in axes],
        "settings": {
            "first": packed_codes(first),
            **{name: packed_codes(summary.statistics[name]) for name in COUNTS},
            **{name: packed_numbers(summary.statistics[name]) for name in STATISTICS},
            "score": packed_numbers(scores),
        },
        "trials": {
            "ids": " ".join(outcomes.trial_id[place] for place in order.tolist()),
            "statuses": STATUSES,
            "status": packed_codes([STATUSES.index(outcomes.status[i]) for i in order.tolist()]),
            "error_texts": collected.errors.values,
            "errors": packed_codes(np.asarray(collected.errors.codes, np.intp)[order]),
            **{
                name: packed_numbers(numbers[name][order])
                for name in NUMBERS
                if not np.isnan(numbers[name]).all()
            },
        },
        "configs": [_varying(collected.settings[name], order, name=name) for name in names],
        "seeds": [name for name in names if name in SEEDS],
        "toml": {"id": ID, "lines": [_varying(line, order) for line in collected.lines]},
        "importance": _importance(outcomes, swept),
        "forecast": forecast,
        "curves": {
            "epochs": curves.epochs,
            "every": curves.every,
            "low": curves.low,
            "high": curves.high,
            "codes": packed_codes(curves.codes[:, order]),
        },
    }


def _rows(summary: Summary, collected: Collected, swept: Sequence[str]) -> Codes:
    """Return for each trial the row of the summary that it belongs to."""
    if not swept:
        return np.zeros(len(collected.outcomes), np.intp)
    settings = zip(*summary.settings.values(), strict=True)
    places = {values: place for place, values in enumerate(settings)}
    columns = [collected.outcomes.settings[name] for name in swept]
    return np.array([places[values] for values in zip(*columns, strict=True)], np.intp)


def _axis(axis: Axis, first: Codes) -> dict[str, Any]:
    return {
        "name": axis.name,
        "labels": axis.labels,
        "values": axis.values,
        "numeric": axis.numeric,
        "codes": packed_codes(axis.codes[first]),
        "range_labels": axis.range_labels,
        "ranges": packed_codes(axis.ranges),
    }


def _importance(outcomes: Outcomes, swept: Sequence[str]) -> dict[str, Any]:
    try:
        importance = importance_of(outcomes, swept, estimate=False)
    except SweepError as error:  # nothing to compare, such as one setting
        return {"parts": [], "note": str(error)}
    parts = [
        {
            "name": part.name,
            "settings": part.settings,
            "kind": part.kind,
            "share": part.share,
            "low": finite(part.low),
            "high": finite(part.high),
        }
        for part in importance.parts
    ]
    return {"parts": parts, "note": importance.note}


def _varying(column: Column, order: Codes, **items: str) -> dict[str, Any]:
    """Return a column of the trials in this order; without codes if they all have one value."""
    items_with_values: dict[str, Any] = {**items, "values": column.values}
    if len(column.values) > 1:
        items_with_values["codes"] = packed_codes(np.asarray(column.codes, np.intp)[order])
    return items_with_values


def _ordered_settings(collected: Collected, swept: Sequence[str]) -> list[str]:
    """Return the names of all settings: the swept ones and the seeds first."""
    leading = [*swept, *SEEDS]
    names = list(collected.settings)
    return [name for name in leading if name in names] + [n for n in names if n not in leading]


def _loss_label(collected: Collected, over_baseline: bool) -> str:
    if over_baseline:
        return "validation loss / its baseline"
    losses = dict.fromkeys(collected.outcomes.settings["loss"])
    return f"validation loss ({', '.join(str(loss) for loss in losses)})" if losses else ""
