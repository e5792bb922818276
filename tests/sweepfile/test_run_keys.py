"""The table [run]: what its keys take, and that they are no part of a trial's id."""

import pytest
from commandline import TINY

from rnnsweep.errors import SweepError
from rnnsweep.sweepfile import load_sweep


def load(folder, run, *overrides):
    path = folder / "sweep.toml"
    path.write_text(TINY + run)
    return load_sweep(path, overrides)


def test_the_limit_of_a_trials_time(tmp_path):
    assert load(tmp_path, "").trial_timeout == 0
    assert load(tmp_path, "[run]\ntrial_timeout = 60\n").trial_timeout == 60
    limited = load(tmp_path, "", "run.trial_timeout=0.5")
    assert limited.trial_timeout == 0.5
    plain = load(tmp_path, "")
    assert [trial.trial_id for trial in limited] == [trial.trial_id for trial in plain]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "1e8", "true", '"60"', "[60]"])
def test_other_limits_are_refused(tmp_path, value):
    with pytest.raises(SweepError) as caught:
        load(tmp_path, f"[run]\ntrial_timeout = {value}\n")
    assert "[run] trial_timeout" in str(caught.value)
    assert "allowed: a number of at least 0 and at most 1e7" in str(caught.value)
