"""What the page says of a sweep in words."""

import pytest
from page_contents import contents_in
from report_cases import GRID, grid_losses, invented
from report_sweeps import ODD

from rnnsweep.report.page import write_report

SAID = {
    "none_ended": (
        "No trial has ended yet.",
        ["12 of 12 trials had not ended, 2 of them were running"],
    ),
    "half_ended": (
        "Best so far of 4 settings: ",
        [
            "When this page was written, 4 of 12 trials had not ended, 2 of them were running: it "
            "shows the others.",
            "3 of 4 settings beat the best trivial predictor on the validation part",
        ],
    ),
    "all_failed": (
        "No setting is ranked: all 12 trials failed.",
        ["they failed: 12 trials (12 of them: MemoryError"],
    ),
    "all_diverged": ("No setting is ranked: all 12 trials diverged.", []),
    "most_diverged": (
        "No setting is ranked: 8 of 12 trials diverged, half or more of each setting.",
        [],
    ),
    "no_axis": ("One trial: validation loss ", []),
    "seeds_alone": ("One setting: median validation loss ", []),
    "one_seed": ("Best of 4 settings: hidden_size 8, activation relu (validation loss 0.08", []),
    "problems": (" times its baseline)", ["each loss is compared as a share of its baseline"]),
}


@pytest.mark.parametrize("name", SAID)
def test_the_page_says_what_happened(name, tmp_path):
    text, losses = ODD[name]
    invented(tmp_path / name, text, losses)
    n_running = 2 if "ended" in name else 0
    sweep = contents_in(write_report(tmp_path / name, n_running))["sweep"]
    headline, notes = SAID[name]
    assert headline in sweep["headline"]
    for note in notes:
        assert any(note in own for own in sweep["notes"]), sweep["notes"]


def test_the_headline_has_the_best_setting_and_its_test_loss(tmp_path):
    invented(tmp_path / "grid", GRID, grid_losses)
    sweep = contents_in(write_report(tmp_path / "grid"))["sweep"]
    assert sweep["headline"].startswith("Best of 48 settings: activation tanh, hidden_size 64, ")
    assert ", that of the best trivial predictor 0.171. " in sweep["headline"]
    assert any("1 trial (1 of them: MemoryError: <b>no</b> memory)" in n for n in sweep["notes"])
