"""The parts of plots: effects, scales, labels and their places, colours."""

import itertools

import matplotlib
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from plot_cases import grid_case, lengths_case, study_of, tasks_case, without_some_baselines
from scipy.stats import kruskal

from rnnsweep.plots.lettering import number, padded_number, printable, value_labels, width, wrap
from rnnsweep.plots.loss_map import COLOURS
from rnnsweep.plots.map_panels import readable_on
from rnnsweep.plots.marks import spread
from rnnsweep.plots.scale import LossScale
from rnnsweep.plots.setting import MAX_RANGES, in_ranges, is_scattered, setting_of
from rnnsweep.plots.study import explained, quartiles, verdict
from rnnsweep.plots.style import INK, OKABE_ITO, colours, fitting, grid_of

losses = st.just(0.0) | st.floats(1e-200, 1e12)


class TestExplained:
    def test_equals_the_formula_from_kruskals_h(self) -> None:
        rng = np.random.default_rng(0)
        codes = rng.integers(0, 4, 60)
        score = rng.random(60) + 0.3 * codes
        h = kruskal(*(score[codes == code] for code in range(4))).statistic
        # Rounding of sums of 60 ranks.
        assert explained(score, codes) == pytest.approx((h - 4 + 1) / (60 - 4), rel=1e-10)

    def test_a_setting_that_explains_everything_or_nothing(self) -> None:
        codes = np.repeat([0, 1], 50)
        score = np.tile(np.arange(50.0), 2)
        assert explained(score, codes) == 0
        # Ranks within a value still vary: apart, two values explain three quarters of them.
        assert explained(score + 100 * codes, codes) == pytest.approx(0.75, abs=0.01)
        assert explained(np.where(codes == 1, np.inf, 0.0), codes) == 1
        assert explained(np.ones(100), codes) == 0

    def test_noise_explains_nothing_however_many_values(self) -> None:
        rng = np.random.default_rng(0)
        shares = [explained(rng.random(120), np.arange(120) % 60) for _ in range(100)]
        # Uncorrected it would be half; of 60 values tried twice the share scatters by 0.13.
        assert np.mean(shares) < 0.1

    def test_unknown_where_no_value_was_tried_twice(self) -> None:
        assert np.isnan(explained(np.arange(3.0), np.arange(3)))

    def test_depends_on_the_order_of_losses_alone(self) -> None:
        rng = np.random.default_rng(0)
        score, codes = rng.random(30), rng.integers(0, 3, 30)
        assert explained(np.log(score), codes) == explained(score, codes)


class TestSetting:
    def test_ranges_have_as_many_values_each_and_different_labels(self) -> None:
        trials = {"rate": [*np.linspace(1.0, 1.04, 41).tolist(), None]}
        exact = setting_of(trials, "rate")
        assert is_scattered(exact, [exact])
        setting = in_ranges(exact)
        assert len(set(setting.labels)) == MAX_RANGES + 1
        assert setting.labels[0] == "1\u20131.005"
        assert setting.labels[-1] == "-"
        np.testing.assert_array_equal(np.bincount(setting.codes), [6] + 7 * [5] + [1])

    def test_a_range_near_1_does_not_read_as_1(self) -> None:
        values = [*np.linspace(0.1, 0.5, 35).tolist(), *np.linspace(0.9991, 0.9999, 5).tolist()]
        labels = in_ranges(setting_of({"decay": values}, "decay")).labels
        assert labels[0] == "0.1\u20130.15"
        assert labels[-1] == "0.9991\u20130.9999"

    def test_values_of_a_grid_are_not_scattered(self) -> None:
        size, rate = np.meshgrid(range(6), np.arange(30.0))
        trials = {"rate": rate.ravel().tolist(), "size": size.ravel().tolist()}
        settings = [setting_of(trials, name) for name in trials]
        assert not any(is_scattered(setting, settings) for setting in settings)
        trials["drawn_with_it"] = (rate.ravel() % 3).tolist()
        settings = [setting_of(trials, name) for name in trials]
        assert [is_scattered(setting, settings) for setting in settings] == [True, False, False]

    def test_few_draws_of_whole_numbers_are_scattered_and_a_ladder_is_not(self) -> None:
        rng = np.random.default_rng(0)
        sizes = rng.integers(4, 64, 20)
        trials = {"rate": rng.random(20).tolist(), "size": sizes.tolist()}
        settings = [setting_of(trials, name) for name in trials]
        assert len(settings[1].labels) < 20
        assert all(is_scattered(setting, settings) for setting in settings)
        ladder = {"rate": np.geomspace(1, 0.01, 20).tolist(), "size": np.sort(sizes).tolist()}
        settings = [setting_of(ladder, name) for name in ladder]
        assert not any(is_scattered(setting, settings) for setting in settings)

    def test_a_tasks_key_goes_by_its_own_name_where_that_is_free(self) -> None:
        trials = {"task_delay": [1, 2], "task_cell": [1, 2], "cell": ["rnn", "gru"]}
        titles = [setting_of(trials, name).title for name in trials]
        assert titles == ["delay", "task cell", "cell"]


class TestStudy:
    def test_best_counts_diverged_trials_as_infinite(self) -> None:
        study = study_of(grid_case())
        best = study.best(np.arange(len(study.score)))
        assert len(best) == 3
        assert np.median(study.score[best]) == study.median.min()

    def test_values_are_ordered_numbers_and_words_as_they_come(self) -> None:
        trials, *others = grid_case()
        shuffled = trials.sample(frac=1, random_state=0)
        study = study_of((shuffled, *others))
        assert study.setting("hidden_size").labels == ("8", "16", "32", "64")
        assert study.setting("activation").labels == tuple(shuffled["activation"].unique())

    def test_a_baseline_that_depends_on_a_setting_is_not_shared(self) -> None:
        study = study_of(without_some_baselines())
        assert study.baselines == {}
        assert study.baselines_of(np.arange(len(study.score))) == {}
        longest = np.flatnonzero(np.array(study.trials.settings["task_seq_len"]) == 50)
        assert study.baselines_of(longest)[""] == pytest.approx(1 / 50, rel=0.03)

    def test_losses_of_problems_that_differ_are_over_their_baselines(self) -> None:
        trials, *_ = case = lengths_case()
        study = study_of(case)
        assert study.over_baseline
        np.testing.assert_array_equal(study.score, trials["best_val_loss"] / trials["baseline"])
        assert study.baselines == {"": 1.0}
        assert study.loss_label("validation loss") == "validation loss / its baseline"

    def test_a_setting_explains_where_it_applies(self) -> None:
        trials, *_ = case = tasks_case()
        study = study_of(case)
        assert [setting.partial for setting in study.settings] == [False] * 3 + [True] * 2
        delay = study.setting("task_delay")
        assert delay.labels == ("0", "1", "2", "-")
        applies = delay.applies(delay.codes)
        np.testing.assert_array_equal(applies, trials["task_delay"].notna())
        assert delay.effect == explained(study.score[applies], delay.codes[applies])
        assert np.isnan(delay.share)
        assert (delay.phrase(1), delay.phrase(3)) == ("delay 1", "no delay")
        assert "delay" not in study.describe(len(trials) - 1, limit=9)

    @pytest.mark.parametrize(
        ("loss", "baseline", "words"),
        [
            (0.01, 0.17, "reaches 0.01, 17 times under the baseline"),
            (0.1, 0.17, "reaches 0.1, 41 % under the baseline"),
            (0.166, 0.17, "stalls at the baseline: 0.166"),
            (0.5, 0.17, "stays above the baseline: 0.5"),
            (np.inf, 0.17, "diverges"),
            (0.0, 0.17, "reaches 0"),
            (0.1, None, "reaches 0.1"),
            (0.1, 0.0, "reaches 0.1"),
        ],
    )
    def test_verdict(self, loss: float, baseline: float | None, words: str) -> None:
        assert verdict(loss, baseline) == words

    def test_quartiles_take_infinite_values(self) -> None:
        assert quartiles(np.array([1.0, 2, 3, 4, np.inf, np.inf, np.inf, np.inf])).tolist() == [
            2,
            np.inf,
        ]


class TestLossScale:
    @given(st.lists(losses | st.just(np.inf), max_size=8), st.lists(losses, max_size=2))
    def test_any_losses_have_limits_ticks_and_places(
        self, values: list[float], baselines: list[float]
    ) -> None:
        scale = LossScale.around(values, baselines, max(baselines, default=np.nan))
        assert np.isfinite([scale.low, scale.high]).all()
        assert scale.low < scale.high < scale.upper_limit(0.1)
        assert all(scale.low <= tick <= scale.high for tick in scale.ticks() + scale.minor_ticks())
        assert 1 <= len(scale.ticks()) <= 10
        for value in [*values, *baselines]:
            assert 0 <= scale.fraction(value) <= 1
        for value in baselines:
            assert value <= scale.high
            assert value >= scale.low or scale.cut_below

    @pytest.mark.parametrize(
        ("values", "log"),
        [
            ([0.1, 0.9], False),
            ([0.01, 0.9], True),
            ([0.0, 0.5], False),
            ([0.0, 0.01, 0.9], True),
            ([0.0, 0.0], False),
        ],
    )
    def test_logarithmic_beyond_a_decade(self, values: list[float], log: bool) -> None:
        assert LossScale.around(values, [], np.nan).log == log

    def test_wild_losses_are_cut_and_the_caption_says_so(self) -> None:
        scale = LossScale.around([0.1, 0.5, 1e6], [0.2], 0.2)
        assert 0.5 < scale.high < 0.6
        assert scale.notes("x") == ["x: losses above 0.52"]

    def test_the_caption_has_as_many_digits_as_a_narrow_axis_needs(self) -> None:
        scale = LossScale(False, 1.0, 1.0312, False, True)
        assert scale.notes("x") == ["x: losses above 1.03"]

    def test_zero_on_a_logarithm_is_at_the_edge_and_the_caption_says_so(self) -> None:
        scale = LossScale.around([0.0, 0.01, 1.0], [], np.nan)
        assert scale.fraction(0.0) == 0
        assert scale.notes("x") == ["losses below 0.0083 are drawn at the lower edge"]


class TestScaleOfDraws:
    @pytest.mark.parametrize(
        ("values", "log"),
        [
            (np.geomspace(1e-3, 1, 20), True),
            (10 ** np.random.default_rng(0).uniform(-3, 0, 30), True),
            ([8, 16, 32, 64], True),
            (np.random.default_rng(0).uniform(0, 0.99, 30), False),
            (np.linspace(0.01, 1, 20), False),
            ([0.0, 0.001, 1.0], False),
            ([-1.0, 1.0], False),
            ([3.0], False),
        ],
    )
    def test_logarithmic_where_the_draws_are(self, values: list[float], log: bool) -> None:
        scale = LossScale.of_draws(values)
        assert scale.log == log
        assert all(0 < scale.fraction(value) < 1 for value in values)
        assert scale.ticks()


class TestLabelsOfFormulas:
    def test_a_long_formula_ends_after_a_whole_part(self) -> None:
        formulas = [f"max(0.0{n} * x, x) + 0.001 * sin(3 * x)" for n in (1, 2)]
        labels = value_labels([*formulas, "x * sigmoid(1.70234567 * x) + 1", "relu"])
        assert labels == (
            *("max(0.01 * x, x) + …", "max(0.02 * x, x) + …", "x * sigmoid(1.70234567 …", "relu"),
        )

    def test_formulas_that_begin_alike_keep_their_ends(self) -> None:
        formulas = [f"max(0.01 * x, x) + 0.001 * sin({n} * x)" for n in (3, 4)]
        assert value_labels(formulas) == ("max(0.01…in(3 * x)", "max(0.01…in(4 * x)")

    def test_a_formula_without_parts_keeps_both_ends(self) -> None:
        assert value_labels(["(" + "b" * 40 + ")"]) == ("(bbbbbbb…bbbbbbbb)",)


class TestLettering:
    @pytest.mark.parametrize(
        ("value", "digits", "text"),
        [
            (0.0208008, 3, "0.0208"),
            (1.0, 3, "1"),
            (1e-05, 3, "1e-5"),
            (0.000123, 3, "0.000123"),
            (3620.9, 2, "3600"),
            (1.5e7, 3, "1.5e7"),
            (0.0, 3, "0"),
        ],
    )
    def test_number(self, value: float, digits: int, text: str) -> None:
        assert number(value, digits) == text

    @pytest.mark.parametrize(
        ("value", "text"),
        [(0.1, "0.10"), (2.0, "2.0"), (0.0031, "0.0031"), (6912.0, "6900"), (0.0, "0")],
    )
    def test_padded_number(self, value: float, text: str) -> None:
        assert padded_number(value, 2) == text

    @given(st.lists(st.floats(1e-300, 1e300), unique=True, min_size=1, max_size=20))
    def test_labels_of_different_numbers_differ(self, values: list[float]) -> None:
        assert len(set(value_labels(values))) == len(values)

    def test_labels(self) -> None:
        assert value_labels([8, 16.0, None, float("nan")])[:3] == ("8", "16", "-")
        assert value_labels([0.1, 0.1001]) == ("0.1", "0.1001")
        assert value_labels([0.9999, 0.99995, 0.99999]) == ("0.9999", "0.99995", "0.99999")
        long = value_labels(["data/some/where/a.csv", "data/some/where/b.csv"])
        assert long == ("data/som…ere/a.csv", "data/som…ere/b.csv")

    def test_letters_that_the_font_lacks(self) -> None:
        assert printable("a\u4e2db\nc") == "a?b c"

    @given(st.text("ab ", min_size=1, max_size=60))
    def test_wrapped_lines_fit_and_lose_nothing(self, text: str) -> None:
        lines = wrap(text, 1.0, 9).split("\n")
        assert " ".join(lines) == text
        assert all(width(line, 9) <= 1.0 or " " not in line for line in lines)


class TestPlaces:
    @given(
        st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 0.2)), min_size=1, max_size=8),
    )
    def test_spread_labels_keep_apart_and_in_order(self, labels: list[tuple[float, float]]) -> None:
        centres, heights = zip(*labels, strict=True)
        assume(sum(heights) <= 1)
        places = spread(centres, heights)
        rounding = 1e-9
        for (a, x, h), (b, y, k) in itertools.combinations(
            zip(centres, places, heights, strict=True), 2
        ):
            assert abs(x - y) >= (h + k) / 2 - rounding
            assert a == b or (a < b) == (x < y)
        for place, height in zip(places, heights, strict=True):
            assert height / 2 - rounding <= place <= 1 - height / 2 + rounding

    def test_labels_with_room_stay_and_equal_ones_part_evenly(self) -> None:
        assert spread([0.2, 0.8], [0.1, 0.1]) == pytest.approx([0.2, 0.8], abs=1e-12)
        assert spread([0.5, 0.5], [0.1, 0.1]) == pytest.approx([0.45, 0.55], abs=1e-12)

    @pytest.mark.parametrize("n", range(1, 13))
    def test_panels_fill_their_rows(self, n: int) -> None:
        rows, columns = grid_of(n, 4)
        assert columns <= 4
        assert (rows - 1) * columns < n <= rows * columns

    def test_crowded_labels_turn_then_thin(self) -> None:
        assert fitting(["a", "b"], 2.0, across=True) == ([0, 1], False)
        assert fitting(["a long label"] * 4, 2.0, across=True) == ([0, 1, 2, 3], True)
        assert fitting(["a long label"] * 60, 2.0, across=True).shown[:2] == [0, 4]


# Machado, Oliveira and Fernandes 2009, IEEE TVCG 15, table 1, severity 1.0, on linear RGB.
PROTANOPIA = [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
]
DEUTERANOPIA = [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
]


@pytest.mark.parametrize("eye", [np.eye(3), PROTANOPIA, DEUTERANOPIA])
@pytest.mark.parametrize("palette", [list(OKABE_ITO[:5]), colours(5, ordered=True)])
def test_lines_differ_for_colour_blind_eyes(eye: list[list[float]], palette: list) -> None:
    def lab(colour: object) -> np.ndarray:
        rgb = np.array(to_rgb(colour))
        linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
        seen = np.clip(np.array(eye) @ linear, 0, 1)
        to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
        f = np.cbrt(np.array(to_xyz) @ seen / [0.9505, 1, 1.089])
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    for one, other in itertools.combinations(palette, 2):
        # CIE 1976: 2.3 is just noticeable; side by side as thin lines it takes several times that.
        assert np.linalg.norm(lab(one) - lab(other)) > 10


def test_text_can_be_read_on_every_colour() -> None:
    def luminance(colour: np.ndarray) -> float:
        linear = np.where(colour > 0.04, ((colour + 0.055) / 1.055) ** 2.4, colour / 12.92)
        return float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05

    inks = {name: luminance(np.array(to_rgb(name))) for name in ("white", INK)}
    for rgba in matplotlib.colormaps[COLOURS](np.linspace(0, 1, 50)):
        behind = luminance(rgba[:3])
        ink = inks[readable_on(tuple(rgba[:3]))]
        # WCAG 2.1 asks for 3 to 1 for large text and for graphics.
        assert max(ink, behind) / min(ink, behind) > 3.5
