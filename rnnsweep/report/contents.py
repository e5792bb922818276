"""What is in the page, as plain data: the one description of it, for Python and JavaScript.

`contents_of` returns a dict that is written as JSON into the page. Its items:

sweep : dict
    `name`, `shard`, `text` (the sweep file), `swept` (names), `counts` (trials by status, `total`
    and `pending`), `headline` and `notes` (sentences).
loss : dict
    `label` (of an axis), `over_baseline`, `predictor` (what to call the best trivial one).
baselines : dict
    Validation losses of the trivial predictors by name, in the unit of the scores, where all trials
    share them; 1 under an empty name if `over_baseline`.
axes : list of dict
    The swept settings: `name`, `labels`, `values`, `numeric`, `codes` (of each setting of the
    table), `range_labels` and `ranges`; see `rnnsweep.report.axes.Axis`. The values are packed, NaN
    for null, where there are ranges.
settings : dict of packed arrays
    A row for each combination of swept settings, the best first, as in summary.csv: its columns,
    among them `n`, the number of its trials, and `score`, the median of what trials are ranked by:
    their best validation loss, over the baseline if `over_baseline`, infinite for one that
    diverged. Columns of this table and the next may be written as others: see `packed_tables`.
trials : dict
    Columns in the order of those rows: `ids` (packed, 8 bytes each), `status` (codes of
    `statuses`), `errors` (codes of `error_texts`), and packed arrays of the numbers in `NUMBERS`.
configs : list of dict
    All settings of the trials: `name`, and `axis`, its place among the axes, or `values` and, if
    they differ, `codes` of the trials.
seeds : list of str
    Those of `configs` that are seeds.
toml : dict
    `lines`: the lines of the sweep file that reruns a trial alone, each with `values` and `codes`
    as a config, null after the last one; or with `before` and `after` the number of an `axis`,
    which is a float if `float`. `id` is in the place of the trial's id.
importance : dict
    `parts` (with `name`, `settings`, `kind`, `share`, `corrected`, the share without the luck of
    the seeds, and its interval, `low` and `high`: null where there is none, since no share is
    infinite) and `note`, which says what was done, or why there are no parts.
forecast : dict or None
    Of the best network, for a task that forecasts a series: `verdict` (a sentence), `left_out` (a
    sentence on forecasts that are not drawn, or ""), `target`,
    `of_sequences` (whether each target is of a sequence of its own, with no order in time), `ahead`
    (how far), `trial_id`, `rows`, `times` (null without any), `truth`, `predictions` (each with
    `name` and `values`, the network's first), `first_test` (the place of the first row of the test
    part; those before are of the validation part) and `errors` by part and predictor, each with
    `rmse_mae`, both packed.
curves : dict
    `epochs`, `every`, `low`, `high`, `codes`; see `rnnsweep.report.curves.Curves`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnsweep.analysis.baselines import common_baselines
from rnnsweep.analysis.forecast import best_trivial_predictor
from rnnsweep.analysis.importance import importance_of
from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.array_types import Codes
from rnnsweep.errors import SweepError
from rnnsweep.record import STATUSES
from rnnsweep.store.rows import finite
from rnnsweep.store.store import Store
from rnnsweep.vocabulary import SEEDS

from .axes import MANY_VALUES, Axis
from .collected import ID, Collected, collect
from .columns import Column
from .curves import Curves
from .forecast import forecast_contents
from .packing import packed_codes, packed_ids, packed_numbers, packed_tables
from .sentences import headline, notes
from .setting_rows import SettingRows, setting_rows

# Columns of the outcomes and of `collected.NUMBERS`.
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
    "updates_to_success",
)


def contents_of(store: Store, n_running: int = 0) -> dict[str, Any]:
    """Return the contents of the page for the current sweep of a store.

    `n_running` is how many of its trials are being trained, as far as that is known.
    """
    info, counts = store.info(), store.counts()
    swept = list(info.swept)
    collected = collect(store, info)
    rows = setting_rows(collected, swept)
    over_baseline = rows.summary.over_baseline
    baselines = {"": 1.0} if over_baseline else common_baselines(collected.problems)
    forecast = forecast_contents(store)
    predictor = best_trivial_predictor(forecast["verdict"] if forecast else "")
    sentences = [*notes(collected, counts, n_running, rows, baselines, predictor)]
    if forecast:
        sentences.append(forecast["verdict"])
    configs = _configs(collected, rows)
    return {
        "sweep": {
            "name": info.name,
            "shard": info.shard,
            "text": info.text,
            "swept": swept,
            "counts": {name: getattr(counts, name) for name in ("total", "pending", *STATUSES)},
            "headline": headline(rows, collected.outcomes, counts, predictor),
            "notes": sentences,
        },
        "loss": {
            "label": _loss_label(collected, over_baseline),
            "over_baseline": over_baseline,
            "predictor": predictor,
        },
        "baselines": baselines,
        "axes": [_axis(axis, rows.first_trials) for axis in rows.axes],
        **_tables(collected, rows),
        "configs": configs,
        "seeds": [config["name"] for config in configs if config["name"] in SEEDS],
        "toml": {"id": ID, "lines": [_line(line, collected, rows) for line in collected.lines]},
        "importance": _importance(collected.outcomes, swept, counts.total),
        "forecast": forecast,
        "curves": _curves(collected.curves.all(rows.units), rows.order),
    }


def _axis(axis: Axis, first_trials: Codes) -> dict[str, Any]:
    return {
        "name": axis.name,
        "labels": axis.labels,
        "values": packed_numbers(axis.values) if axis.range_labels else axis.values,
        "numeric": axis.numeric,
        "codes": packed_codes(axis.codes[first_trials]),
        "range_labels": axis.range_labels,
        "ranges": packed_codes(axis.ranges),
    }


def _tables(collected: Collected, rows: SettingRows) -> dict[str, dict[str, Any]]:
    outcomes, order = collected.outcomes, rows.order
    numbers = {**outcomes.numbers, **collected.numbers}
    tables = packed_tables(
        {
            "settings": {**rows.summary.statistics, "score": rows.scores},
            "trials": {
                name: numbers[name][order] for name in NUMBERS if not np.isnan(numbers[name]).all()
            },
        }
    )
    places = order.tolist()
    trials = {
        "ids": packed_ids(outcomes.trial_id[place] for place in places),
        "statuses": STATUSES,
        "status": packed_codes([STATUSES.index(outcomes.status[place]) for place in places]),
        "error_texts": collected.errors.values,
        "errors": packed_codes(np.asarray(collected.errors.codes, np.intp)[order]),
        **tables["trials"],
    }
    return {"settings": tables["settings"], "trials": trials}


def _configs(collected: Collected, rows: SettingRows) -> list[dict[str, Any]]:
    """Return all settings: the swept ones and the seeds first."""
    swept = [axis.name for axis in rows.axes]
    others = dict.fromkeys(
        [*(name for name in SEEDS if name in collected.settings), *collected.settings]
    )
    return [
        *({"name": name, "axis": place} for place, name in enumerate(swept)),
        *(
            {"name": name, **_varying(collected.settings[name], rows.order)}
            for name in others
            if name not in swept
        ),
    ]


def _line(line: Column, collected: Collected, rows: SettingRows) -> dict[str, Any]:
    """Return a line of the trials' sweep files; of many numbers, what is around the number."""
    if len(line.values) > MANY_VALUES:
        for place, axis in enumerate(rows.axes):
            column = collected.settings[axis.name]
            before, _, after = line.values[0].partition(repr(column.values[0]))
            is_number_of = line.codes == column.codes and line.values == [
                f"{before}{value!r}{after}" for value in column.values
            ]
            if axis.numeric and is_number_of:
                is_float = isinstance(column.values[0], float)
                return {"before": before, "after": after, "axis": place, "float": is_float}
    return _varying(line, rows.order)


def _curves(curves: Curves, order: Codes) -> dict[str, Any]:
    return {
        "epochs": curves.epochs,
        "every": curves.every,
        "low": curves.low,
        "high": curves.high,
        "codes": packed_codes(curves.codes[:, order]),
    }


def _importance(outcomes: Outcomes, swept: Sequence[str], n_trials: int) -> dict[str, Any]:
    try:
        importance = importance_of(
            outcomes, swept, estimate=False, n_pending=n_trials - len(outcomes)
        )
    except SweepError as error:  # nothing to compare, such as one setting
        text = str(error)
        return {"parts": [], "note": f"{text[:1].upper()}{text[1:]}."}
    parts = [
        {
            "name": part.name,
            "settings": part.settings,
            "kind": part.kind,
            "share": part.share,
            "corrected": finite(part.corrected),
            "low": finite(part.low),
            "high": finite(part.high),
        }
        for part in importance.parts
    ]
    return {"parts": parts, "note": importance.note}


def _varying(column: Column, order: Codes) -> dict[str, Any]:
    """Return a column of the trials in this order; without codes if they all have one value."""
    varying: dict[str, Any] = {"values": column.values}
    if len(column.values) > 1:
        varying["codes"] = packed_codes(np.asarray(column.codes, np.intp)[order])
    return varying


def _loss_label(collected: Collected, over_baseline: bool) -> str:
    if over_baseline:
        return "validation loss / its baseline"
    losses = dict.fromkeys(collected.outcomes.settings["loss"])
    return f"validation loss ({', '.join(str(loss) for loss in losses)})" if losses else ""
