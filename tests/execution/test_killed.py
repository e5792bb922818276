"""A run that is killed in each of its phases; `make soak N=1000` kills at any moment."""

import sys
from random import Random

import pytest
from soak.killing import Kill, Soak


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_in_every_phase_it_goes_on_to_the_same_bytes(tmp_path):
    moment = Random(0)
    soak = Soak(tmp_path, moment)
    kills = [
        Kill(phase="laying out", delay=moment.uniform(0, 0.005)),
        Kill(phase="commit", count=2, delay=moment.uniform(0, 0.005)),
        Kill(phase="tables", delay=moment.uniform(0, 0.005)),
        Kill(phase="pictures", delay=moment.uniform(0, 0.3)),
    ]
    soak.live_through("random", kills)
    soak.live_through("series", [Kill(phase="forecast"), Kill(phase="page")])
    figures = soak.figures
    assert figures.faults == []
    assert (figures.lost, figures.trained_twice) == (0, 0)
    assert figures.kills.total() >= 2  # a short phase may be over before
    assert figures.trials > 0
