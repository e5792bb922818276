"""A clock that is set back or ahead while a run goes on changes no result."""

import time
from itertools import count

import pytest
from commandline import assert_same_results, rows

from rnnsweep.execution.run import run
from rnnsweep.store.store import Store


@pytest.mark.usefixtures("no_plots")
@pytest.mark.parametrize("step_s", [-3600.0, 86400.0])
def test_a_clock_that_is_set_while_a_run_goes_on(home, done, say, monkeypatch, step_s):
    now, calls = time.time(), count()
    monkeypatch.setattr(time, "time", lambda: now + step_s * next(calls))
    run("tiny.toml", results="other", overrides="seed=[0]")
    run("tiny.toml", results="other", jobs=2)
    assert next(calls) > 4  # the clock was read meanwhile
    assert_same_results(home / "other", done.path)
    assert all(float(row[1]) > 0 for row in rows(home / "other/timings.csv")[1:])
    with Store.reader("other") as store:
        assert store.counts().done == 4
    code, output, _ = say("status", "other")
    assert code == 0
    assert output.startswith("tiny: 4 of 4 trials (not running)\n")
