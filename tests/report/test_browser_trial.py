"""A trial in full: it equals trials.csv, and the sweep file that is copied gives the same trial."""

import browsers
import pandas as pd
import pytest
from page_reading import drawn, table

from rnnsweep.sweepfile import load_sweep

browsers.need()

# Columns of trials.csv that are not a setting.
RESULTS = ["best_val_loss", "test_loss", "baseline", "test_baseline", "final_val_loss"]
NUMBERS = ["n_params", "best_epoch", "epochs_run", "diverged_epoch"]


def pairs(page, name):
    """Return a table of names and values, both as texts."""
    return page.evaluate(
        "(id) => Object.fromEntries(Array.from(document.getElementById(id).rows,"
        " (row) => [row.cells[0].textContent, row.cells[1].textContent]))",
        name,
    )


@pytest.fixture
def loaded(tmp_path):
    """Return a function that loads the text of a sweep file."""

    def loaded(text):
        file = tmp_path / "copied.toml"
        file.write_text(text, encoding="utf-8")
        return load_sweep(file)

    return loaded


def test_the_trials_of_a_setting_are_opened_by_its_row(grid, open_page, trials):
    page = open_page(grid)
    page.click("tr[data-row='0'] [data-open]")
    page.wait_for_selector("#trial[open]")
    ids = page.locator("#trial-siblings [data-trial]").all_inner_texts()
    own = trials[(trials["activation"] == "tanh") & (trials["hidden_size"] == 64)]
    own = own[own["learning_rate"] == 1.0]
    assert ids == own["trial_id"].tolist()
    page.click(f"[data-trial={ids[2]}]")
    page.wait_for_selector(f"#trial-title:has-text('{ids[2]}')")
    assert page.inner_text("#trial-title") == f"Trial {ids[2]}"
    page.keyboard.press("Escape")
    drawn(page)
    assert not page.is_visible("#trial")
    assert "trial=" not in page.url


@pytest.mark.parametrize("status", ["complete", "diverged", "failed"])
def test_results_and_settings_equal_trials_csv(grid, open_page, trials, status):
    trial = trials[trials["status"] == status].iloc[-1]
    page = open_page(grid, fragment=f"#trial={trial['trial_id']}")
    results, settings = pairs(page, "trial-results"), pairs(page, "trial-config")
    assert results["status"] == status
    for name in RESULTS + NUMBERS:
        shown = float(results[name].replace("\u2013", "nan"))
        assert shown == trial[name] or (pd.isna(trial[name]) and pd.isna(shown)), name
    if status == "failed":
        assert results["error"] == "MemoryError: <b>no</b> memory"
    columns = list(trials.columns)
    names = columns[columns.index("task") : columns.index("n_params")]
    present = [name for name in names if pd.notna(trial[name])]
    assert {name: settings[name].lower() for name in present} == {
        name: text_of(trial[name]) for name in present
    }


def text_of(value):
    return str(value).lower().removesuffix(".0")


def test_the_copied_file_gives_the_same_trial(grid, open_page, trials, loaded):
    page = open_page(grid)
    for trial_id in trials["trial_id"].sample(5, random_state=0):
        page.evaluate("(id) => { location.hash = `trial=${id}`; }", trial_id)
        page.wait_for_selector(f"#trial-title:has-text('{trial_id}')")
        page.click("#trial-copy")
        page.wait_for_selector("#trial-copied:has-text('Copied')")
        text = page.evaluate("navigator.clipboard.readText()")
        assert text == page.locator("#trial-toml").text_content()
        assert [trial.trial_id for trial in loaded(text)] == [trial_id]


def test_the_copied_file_of_a_trial_with_hostile_words(results, open_page, loaded, tmp_path):
    folder = results("hostile")
    (tmp_path / "hostile.csv").write_bytes((folder.parent / "hostile.csv").read_bytes())
    page = open_page(folder)
    n_rows = len(table(page))
    for row in range(0, n_rows, 2):
        page.evaluate(
            "document.getElementById('table').scrollTop = 34 * (row - 2)".replace("row", str(row))
        )
        page.locator(f"[data-open='{row}']").click()
        (trial,) = loaded(page.locator("#trial-toml").text_content())
        assert page.inner_text("#trial-title") == f"Trial {trial.trial_id}"
        page.click("#trial-close")
