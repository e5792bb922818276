"""What a notebook shows of the results: an HTML text without anything that acts."""

from html.parser import HTMLParser

import pytest
from plot_cases import ODD, grid_case, small
from stored_cases import store_case

from rnnsweep.tables.results import load


class Reader(HTMLParser):
    """Collects the texts of the cells, and all tags."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.cells, self.texts = set(), [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag in ("td", "th"):
            self.cells.append("")
        self._in_cell = tag in ("td", "th")

    def handle_data(self, data):
        self.texts.append(data)
        if self._in_cell:
            self.cells[-1] += data


def test_the_best_settings_are_those_of_the_summary(tmp_path):
    results = load(store_case(tmp_path, grid_case()))
    page = Reader(results._repr_html_())
    heading = page.cells[: page.cells.index("1")]
    n = len(heading)
    rows = [page.cells[at : at + n] for at in range(n, len(page.cells), n)]
    best = results.best()
    assert [row[heading.index("activation")] for row in rows] == best["activation"].tolist()
    assert [int(row[heading.index("hidden_size")]) for row in rows] == best["hidden_size"].tolist()
    medians = [float(row[heading.index("median of best_val_loss")]) for row in rows]
    assert medians == pytest.approx(best["median"].tolist(), rel=1e-3)
    text = " ".join(page.texts)
    counts = results.trials["status"].value_counts()
    ended = f"144 trials: {counts['complete']} complete, {counts['diverged']} diverged"
    assert f"{ended}; varies hidden_size, activation, learning_rate" in text
    assert "43 more settings" in text


def test_names_and_values_are_text(tmp_path):
    words = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>")
    case = small(lambda settings, seed: [0.5], {"task_a": words, "hidden_size": (2, 3)})
    page = Reader(load(store_case(tmp_path, case, name="<b onclick=x>"))._repr_html_())
    assert page.tags == {"p", "b", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.attributes == []
    assert set(words) <= set(page.cells)
    assert "<b onclick=x>" in page.texts


@pytest.mark.parametrize("name", ODD)
def test_odd_results(tmp_path, name):
    html = load(store_case(tmp_path, ODD[name]()))._repr_html_()
    assert "trials" in html


def test_where_every_trial_diverged_no_setting_is_ranked(tmp_path):
    results = load(store_case(tmp_path, ODD["all_diverged"]()))
    page = Reader(results._repr_html_())
    n_trials = len(results.trials)
    assert f"No setting is ranked: all {n_trials} trials diverged." in page.texts
    n_columns = page.cells.index("-")  # the first cell below the heading
    assert page.cells[0] == "rank"
    assert {*page.cells[n_columns::n_columns]} == {"-"}


def test_one_trial_without_a_loss(tmp_path):
    case = small(lambda settings, seed: [float("inf")], {"hidden_size": (2,)}, seeds=1)
    results = load(store_case(tmp_path, case))
    assert "1 trial:" in repr(results)
    assert "1 trial: " in results._repr_html_()
    assert "No setting is ranked: the only trial diverged." in results._repr_html_()
