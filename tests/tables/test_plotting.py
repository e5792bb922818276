"""`results.plot`: the pictures of a sweep's results, by the settings that a user names."""

import inspect

import numpy as np
import pytest
from matplotlib.figure import Figure
from picture_cases import head, line, panels, words
from plot_cases import ODD, RATES, grid_case, notebook_case, small, success_case
from stored_cases import store_case

from rnnsweep.errors import SweepError
from rnnsweep.plots.kinds import KINDS
from rnnsweep.tables.plotting import Plots
from rnnsweep.tables.results import load


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return load(store_case(tmp_path_factory.mktemp("grid"), grid_case()))


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    return load(store_case(tmp_path_factory.mktemp("success"), success_case()))


def test_every_kind_is_a_method_with_these_arguments():
    methods = {
        name: tuple(inspect.signature(method).parameters)[1:]
        for name, method in vars(Plots).items()
        if inspect.isfunction(method) and not name.startswith("_")
    }
    assert methods == {name: kind.arguments for name, kind in KINDS.items()}


def test_an_unknown_picture_is_named_with_the_nearest(results):
    with pytest.raises(AttributeError, match=r"no picture 'curve'; .*did you mean curves"):
        _ = results.plot.curve
    with pytest.raises(AttributeError, match="no picture 'nonsense'; allowed: curves, map, "):
        _ = results.plot.nonsense
    assert not hasattr(results.plot, "_repr_mimebundle_")


class TestCurves:
    def test_without_names_they_are_those_of_a_run(self, results):
        figure = results.plot.curves()
        assert isinstance(figure, Figure)
        assert [head(axes) for axes in panels(figure)] == ["sigmoid", "tanh", "relu"]

    def test_a_setting_for_the_lines(self, results):
        (axes,) = panels(results.plot.curves(by="activation"))
        lines = {label for mark in axes.lines if (label := mark.get_label())[0] != "_"}
        assert {"sigmoid", "tanh", "relu"} <= lines
        # The best setting of relu, which the curves of the table have too.
        best = results.summary().query("activation == 'relu'").iloc[0]
        curves = results.curves(["activation", "hidden_size", "learning_rate"])
        expected = curves["relu"][best["hidden_size"]][best["learning_rate"]]
        np.testing.assert_allclose(line(axes, "relu")[:, 1], expected)

    def test_a_setting_for_the_panels(self, results):
        figure = results.plot.curves(by=["activation", "learning_rate"])
        assert [head(axes).split()[-1] for axes in panels(figure)] == [
            *("0.003", "0.0208", "0.144", "1")
        ]

    def test_more_settings_have_no_place(self, results):
        with pytest.raises(SweepError, match="by names 3 settings; allowed: 2, for the lines and"):
            results.plot.curves(by=["activation", "learning_rate", "hidden_size"])


class TestMap:
    def test_the_axes_and_panels_that_are_named(self, results):
        figure = results.plot.map(x="activation", y="learning_rate", by="hidden_size")
        axes = panels(figure)
        assert [head(panel) for panel in axes] == [f"hidden size {n}" for n in (8, 16, 32, 64)]
        assert (axes[-1].get_xlabel(), axes[0].get_ylabel()) == ("activation", "learning rate")

    def test_cells_are_medians_at_the_best_of_the_other_settings(self, tmp_path):
        curve = {("tanh", 4): 0.4, ("tanh", 8): 0.2, ("relu", 4): 0.3, ("relu", 8): 0.1}
        case = small(
            lambda settings, seed: [
                curve[settings["activation"], settings["hidden_size"]] * (1 + 0.1 * seed)
                + (settings["learning_rate"] == 0.1)
            ],
            {"hidden_size": (4, 8), "activation": ("tanh", "relu"), "learning_rate": (0.1, 1.0)},
        )
        plot = load(store_case(tmp_path, case)).plot
        _, axes = panels(plot.map(x="hidden_size", y="activation"))  # of the rates 0.1 and 1
        texts = {text.get_position(): text.get_text() for text in axes.texts}
        assert [texts[x, y] for y in (0, 1) for x in (0, 1)] == [
            *("0.440", "0.220", "0.330", "0.110")
        ]

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            ({"x": "activation"}, ("activation", "learning rate")),
            ({"y": "activation"}, ("learning rate", "activation")),
            ({"by": "hidden_size"}, ("learning rate", "activation")),
        ],
    )
    def test_what_is_not_named_shows_most(self, results, names, expected):
        axes = panels(results.plot.map(**names))
        assert (axes[-1].get_xlabel(), axes[0].get_ylabel()) == expected

    def test_a_setting_has_one_place(self, results):
        with pytest.raises(SweepError, match="x is 'activation', y is 'activation'; they have to"):
            results.plot.map(x="activation", y="activation")

    def test_one_setting_is_no_map(self, tmp_path):
        plot = load(store_case(tmp_path, notebook_case())).plot
        for names in ({}, {"x": "gradient"}):
            with pytest.raises(SweepError, match="two settings; gradient alone varies"):
                plot.map(**names)


class TestEffects:
    def test_the_settings_that_are_named_in_this_order(self, results):
        figure = results.plot.effects(by=["hidden_size", "activation"])
        assert [head(axes).split(" explains")[0] for axes in panels(figure)] == [
            *("hidden size", "activation")
        ]


class TestSuccess:
    def test_the_axis_and_the_lines_that_are_named(self, solved):
        (axes,) = panels(solved.plot.success(x="clip_norm", by="init"))
        assert axes.get_xlabel() == "clip norm"
        trials = solved.trials.query("status != 'failed' and init == 'normal'")
        shares = (trials["status"] == "solved").groupby(trials["clip_norm"]).mean()
        np.testing.assert_allclose(line(axes, "normal")[:, 1], shares)

    def test_without_a_criterion_it_says_where_one_is_set(self, results):
        with pytest.raises(SweepError, match="neither val_loss_below nor accuracy_above under"):
            results.plot.success()


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_setting_is_named_with_the_nearest(solved, kind):
    for argument in {"x", "y", "by"} & {*KINDS[kind].arguments}:
        with pytest.raises(SweepError) as caught:
            getattr(solved.plot, kind)(**{argument: "clipnorm"})
        assert f"{argument} is 'clipnorm', which is no setting that varies" in str(caught.value)
        assert "did you mean clip_norm?" in str(caught.value)
        with pytest.raises(SweepError, match=f"{argument} is "):
            getattr(solved.plot, kind)(**{argument: 3})


@pytest.mark.parametrize("name", ODD)
def test_odd_results_are_drawn_or_refused_with_a_reason(tmp_path, name):
    plot = load(store_case(tmp_path, ODD[name]())).plot
    for kind in KINDS.keys() - {"comparison"}:
        reasons = []
        try:
            reasons.append(words(getattr(plot, kind)()))
        except SweepError as error:
            reasons.append(str(error))
        assert all(reasons)


def test_a_notebook_shows_a_figure_without_pyplot(results):
    data, size = results.plot.effects()._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20], "big") == pytest.approx(1.5 * size["width"], abs=1)


def test_rates_have_different_labels(results):
    axes = panels(results.plot.map(x="learning_rate", y="hidden_size"))
    assert len({label.get_text() for label in axes[0].get_xticklabels()}) == len(RATES)


class TestImportance:
    def test_it_is_that_of_the_table(self, results):
        figure = results.plot.importance("log_loss")
        (axes,) = panels(figure)
        widths = {bar.get_label(): bar.patches[0].get_width() for bar in axes.containers}
        table = results.importance("log_loss").set_index("settings")["share"]
        assert widths["learning rate"] == table["learning_rate"]
        assert (
            widths["hidden size \N{MULTIPLICATION SIGN} activation"]
            == (table["hidden_size x activation"])
        )

    def test_an_unknown_measure(self, results):
        with pytest.raises(SweepError, match="no measure 'ranks'; allowed: rank, log_loss"):
            results.plot.importance("ranks")
