"""The stages of a time step."""

import pytest
from cell_cases import cells
from hypothesis import given

from rnnsweep.cells import CELLS, read_cell, trees
from rnnsweep.cells.stages import Stages, find_stages


@pytest.mark.parametrize(
    ("sums", "equations", "stages"),
    [
        ({"z": ["h_prev"], "g": []}, "h = z * g", Stages((0, 0), (0,))),
        ({"z": ["h_prev"], "g": ["r"]}, "r = act(z)\nh = z * g", Stages((0, 1), (0, 1))),
        # A value that needs nothing of the stage before is computed in the first.
        (
            {"z": [], "g": ["r"]},
            "r = h_prev\nh = g\nq = z\nh2 = q * h",
            Stages((0, 1), (0, 1, 0, 1)),
        ),
        ({"z": ["r", "h_prev"], "g": ["q"]}, "r = 1\nq = z\nh = g", Stages((1, 2), (0, 1, 2))),
    ],
)
def test_each_stage_is_the_first_that_is_possible(sums, equations, stages):
    states = ["h2", "h"] if "h2" in equations else ["h"]
    cell = read_cell({"sums": sums, "states": states, "equations": equations})
    assert find_stages(cell.sums, cell.assignments) == stages
    assert stages.n_stages == 1 + max(stages.assignments)


def test_one_stage_where_states_alone_feed_sums():
    assert all(
        find_stages(CELLS[name].sums, CELLS[name].assignments).n_stages == 1
        for name in ("rnn", "lstm", "gru")
    )


@given(cells())
def test_each_name_is_there_when_it_is_read(cell):
    of_sums, of_values = find_stages(cell.sums, cell.assignments)[:2]
    stage = dict(zip((name for name, _ in cell.assignments), of_values, strict=True))
    for each, at in zip(cell.sums, of_sums, strict=True):
        needed = [stage[feed] + 1 for feed in each.feeds if feed in stage]
        assert at == max(needed, default=0)
    stage |= dict(zip((each.name for each in cell.sums), of_sums, strict=True))
    for name, tree in cell.assignments:
        assert stage[name] == max((stage.get(read, 0) for read in trees.names(tree)), default=0)
