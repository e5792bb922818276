"""docs/statistics.md, followed to the letter: its commands and its programs are run."""

from pathlib import Path

from page_blocks import CHANGES, PYTHON, change, run_commands, run_program

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_the_page_does_what_it_says(tmp_path):
    for kind, name, block in CHANGES.findall(PAGE):
        change(tmp_path / name, kind, block)
    run_commands(tmp_path, "statistics", PAGE)
    # One program, as a reader types it.
    printed = run_program(tmp_path, "statistics", "\n".join(PYTHON.findall(PAGE)))
    for name in ("probability_of_improvement", "median_test_loss", "share_of_settings", "gain"):
        assert name in printed
