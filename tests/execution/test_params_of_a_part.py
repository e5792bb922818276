"""A part of a sweep keeps the params of every trial that may be the best of the whole sweep."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from store_cases import trial_id

import rnnsweep
from rnnsweep.record import Record
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store

BEST = Requirements((), "best")

# Trials: loss, baseline, task, status, and the part that trains them.
TRIALS = st.lists(
    st.tuples(
        st.sampled_from([None, 1.0, 2.0, 4.0]),
        st.sampled_from([1.0, 2.0, 3.0] * 5 + [0.0, None]),
        st.sampled_from(["adding"] * 3 + ["copy", "parity"]),
        st.sampled_from(["complete"] * 3 + ["diverged", "failed"]),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=12,
)


def record_of(i, loss, baseline, task, status, _):
    return Record(
        trial_id(i),
        {"task": task},
        status,
        np.full((1, 3), np.nan if loss is None else loss),
        baselines={} if baseline is None else {"mean": baseline},
        best_epoch=None if loss is None else 0,
        params=None if loss is None else np.zeros(3),
        network={"n": i},
    )


def naive_best(trials):
    """The number of the best of all trials; None if none has a loss."""
    ranked = [i for i, (loss, _, _, status, _) in enumerate(trials)
              if loss is not None and status != "failed"]  # fmt: skip
    differ = len({trials[i][2] for i in ranked}) > 1
    over_baseline = differ and all(trials[i][1] for i in ranked)

    def score(i):
        loss, baseline, _, status, _ = trials[i]
        return (status == "diverged", loss / baseline if over_baseline else loss, i)

    return min(ranked, key=score, default=None)


def assert_part(results, trials, numbers):
    """Check what a part keeps when all its trials have ended."""
    kept = [i for i in numbers if results.params(trial_id(i)) is not None]
    assert len(kept) <= 2
    assert results.bests_without_params() == []
    best = naive_best(trials)
    assert best not in numbers or best in kept


@hypothesis_settings(max_examples=30)
@given(trials=TRIALS, varied=st.booleans(), data=st.data())
def test_the_best_of_all_is_among_those_of_its_part(tmp_path_factory, trials, varied, data):
    if not varied:
        trials = [(*trial[:2], "adding", *trial[3:]) for trial in trials]
    home = tmp_path_factory.mktemp("parts")
    folders = []
    for part in (1, 2, 3):
        numbers = [i for i, trial in enumerate(trials) if trial[-1] == part]
        if not numbers:
            continue
        folders.append(home / str(part))
        with Store.writer(folders[-1]) as results:
            results.set_sweep(
                "s", "", ["task"] if varied else [],
                [(trial_id(i), {"task": trials[i][2]}) for i in numbers], BEST,
                positions=numbers, shard=f"{part}/3", n_trials=len(trials),
            )  # fmt: skip
            order = data.draw(st.permutations(numbers))
            while order:
                n = data.draw(st.integers(1, len(order)))
                results.add([record_of(i, *trials[i]) for i in order[:n]])
                order = order[n:]
            # A trial is trained again for its params in the end, as a run does it.
            results.add(
                [record_of(e.position, *trials[e.position]) for e in results.bests_without_params()]
            )
            assert_part(results, trials, numbers)
    with TemporaryDirectory(dir=home) as into:
        rnnsweep.merge(Path(into, "all"), folders, plots=False)
        with Store.reader(Path(into, "all")) as results:
            best = naive_best(trials)
            assert results.best() == (None if best is None else trial_id(best))
            assert results.bests_without_params() == []
            kept = [i for i in range(len(trials)) if results.params(trial_id(i)) is not None]
            assert kept == ([] if best is None else [best])


def test_both_bests_of_a_part_are_pending(tmp_path):
    """Where losses were recorded without params, before the file asked for these."""
    trials = [(1.0, 1.0, "adding", "complete", 1), (2.0, 4.0, "copy", "complete", 1)]
    given = [(trial_id(i), {"task": trial[2]}) for i, trial in enumerate(trials)]
    with Store.writer(tmp_path) as results:
        for shard, bests in (("1/2", [0, 1]), ("", [1])):
            change = results.set_sweep("s", "", ["task"], given, BEST, shard=shard, n_trials=4)
            if shard:
                records = [record_of(i, *trial) for i, trial in enumerate(trials)]
                for each in records:
                    object.__setattr__(each, "params", None)
                results.add(records)
            else:
                assert change.new == len(bests)
            assert [each.position for each in results.bests_without_params()] == bests
