"""What a killed run leaves in its folder is gone after the next one."""

import pytest
from commandline import snapshot

from rnnsweep.execution.run import run

LEFT = (
    ".time_left.json",
    ".time_left.tmp",
    ".tmp-epochs.parquet",
    ".tmp-epochs.csv",
    ".tmp-forecast.csv",
)


@pytest.mark.parametrize("changes", [(), ("train.epochs=3",)], ids=["nothing to train", "to train"])
def test_a_run_removes_what_a_killed_one_was_writing(home, changes):
    before = snapshot(home).keys()
    for name in LEFT:
        (home / "results/tiny" / name).write_text("half")
    run("tiny.toml", overrides=changes)
    assert snapshot(home).keys() == before
