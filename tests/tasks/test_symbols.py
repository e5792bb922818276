"""Streams and strings: the grammar walked by a loop, and entropies against all strings."""

import math
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from task_cases import baselines

from rnnsweep.tasks import Part
from rnnsweep.tasks.anbn import Anbn
from rnnsweep.tasks.reber import SYMBOLS, Reber
from rnnsweep.tasks.xor_stream import XorStream


class TestXorStream:
    @pytest.mark.parametrize("seq_len", [1, 4, 30])
    def test_the_windows_are_one_stream(self, seq_len):
        data = XorStream(seq_len=seq_len, n_train=50).data(0, "every")
        for part in data:
            x, y = part.x.ravel(), part.y.ravel()
            np.testing.assert_array_equal(x[1:], y[:-1])
            bits = [*x.astype(int), int(y[-1])]
            for i in range(2, len(bits), 3):
                assert bits[i] == bits[i - 1] ^ bits[i - 2]
        assert XorStream.streams

    def test_the_defaults_are_elmans_3000_bits(self):
        shape = XorStream().shape()
        assert shape.n_train * shape.seq_len == 3000
        assert shape.seq_len % 3 == 0

    def test_baseline(self):
        task = XorStream(n_train=1000, n_val=1000)
        data = task.data(0, "every")
        # 20,000 independent bits in each part; see parity.
        measured = baselines(data, "bce")["mean"]
        assert measured == pytest.approx(math.log(2), abs=12 * 25 / 40_000)


# Written out by hand from Hochreiter and Schmidhuber 1997, figure 3: state -> symbol -> state.
REBER = {
    0: {"B": 1},
    1: {"T": 2, "P": 3},
    2: {"S": 2, "X": 4},
    3: {"T": 3, "V": 5},
    4: {"X": 3, "S": 6},
    5: {"P": 4, "V": 6},
    6: {"E": None},
}


def inner_strings(max_len, state=0, before=""):
    """All strings of the Reber grammar up to a length, each with its chance."""
    if len(before) >= max_len:
        return
    for symbol, following in REBER[state].items():
        chance = 1 / len(REBER[state])
        if following is None:
            yield before + symbol, chance
        else:
            for string, rest in inner_strings(max_len, following, before + symbol):
                yield string, chance * rest


def all_strings(max_len):
    for inner, chance in inner_strings(max_len - 4):
        for outer in "TP":
            yield f"B{outer}{inner}{outer}E", chance / 2


@cache  # most prefixes occur in many strings
def allowed_after(prefix):
    """The symbols that may follow a prefix of an embedded string."""
    if len(prefix) < 2:
        return {0: "B", 1: "TP"}[len(prefix)]
    state = 0
    for symbol in prefix[2:]:
        if state is None:
            return "E"
        state = REBER[state][symbol]
    return prefix[1] if state is None else "".join(REBER[state])


def figures_of_reber():
    """Return the loss of the symbols' expected shares and the least possible loss, without a bound.

    Both are means over time steps of what a string is expected to have: the number of visits to
    each state of the grammar solves a system of linear equations.
    """
    moves = np.zeros((7, 7))
    for state, edges in REBER.items():
        for following in filter(None, edges.values()):
            moves[following, state] += 1 / len(edges)
    visits = np.linalg.solve(np.eye(7) - moves, np.eye(7)[0])
    counts = dict.fromkeys(SYMBOLS, 0.0)  # of the targets: all of a string but its first symbol
    for outer in "TTPP":  # each occurs twice in half of the strings
        counts[outer] += 1 / 2
    counts["E"] += 1
    for state, edges in REBER.items():
        for symbol in edges:
            counts[symbol] += visits[state] / len(edges)
    n_targets = sum(counts.values())
    shares = np.array([*counts.values()]) / n_targets
    n_choices = 1 + sum(visits[state] for state, edges in REBER.items() if len(edges) == 2)
    return -(shares * np.log(shares)).sum(), n_choices * math.log(2) / n_targets


def strings_of(part):
    """The strings that a part holds: its inputs and the last target."""
    for x, y, length in zip(part.x.tolist(), part.y.tolist(), part.lengths, strict=True):
        assert x[1:length] == y[: length - 1]
        yield "".join(SYMBOLS[i] for i in [*x[:length], y[length - 1]])


class TestReber:
    def test_strings_are_of_the_grammar(self):
        task = Reber(n_train=2000)
        grammar = {string for string, _ in all_strings(20)}
        for part in task.data(0, "every"):
            for string in strings_of(part):
                if len(string) <= 20:
                    assert string in grammar
                for i in range(len(string)):
                    if i < len(string) - 2:
                        assert string[i] in allowed_after(string[:i])
                assert string[-2:] == string[1] + "E"

    def test_strings_have_their_chances(self):
        n = 40_000
        counts = Counter(strings_of(Reber(n_train=n).data(0, "every").train))
        for string, chance in all_strings(11):
            assert abs(counts[string] - n * chance) < 5 * math.sqrt(n * chance), string

    def test_long_strings_are_drawn_again(self):
        n = 20_000
        task = Reber(n_train=n, max_len=11)
        part = task.data(0, "every").train
        assert part.x.shape == (n, 10)
        chances = dict(all_strings(11))
        total = sum(chances.values())
        counts = Counter(strings_of(part))
        assert counts.keys() == chances.keys()
        for string, chance in chances.items():
            expected = n * chance / total
            assert abs(counts[string] - expected) < 5 * math.sqrt(expected)

    def test_baseline_by_simulation(self):
        n = 20_000
        task = Reber(n_train=n, n_val=n)
        data = task.data(0, "every")
        measured = baselines(data, "cross_entropy")["frequencies"]
        # About 220,000 symbols, whose losses lie between 1.2 and 2.8; those of a string hang
        # together, so that strings are the independent draws: their means scatter by 0.15.
        baseline, _ = figures_of_reber()
        assert measured == pytest.approx(baseline, abs=5 * 0.15 / math.sqrt(n))

    def test_optimum_is_the_loss_of_the_grammar(self):
        part = Reber(n_train=20_000).data(0, "every").train
        surprise = n_steps = 0
        for string in strings_of(part):
            n_steps += len(string) - 1
            for i in range(1, len(string) - 2):
                surprise += math.log(len(allowed_after(string[:i])))
        # Each string has 3 choices and more, geometrically many: within 1 % over 20,000.
        _, optimum = figures_of_reber()
        assert surprise / n_steps == pytest.approx(optimum, rel=0.01)

    def test_scores_are_those_of_a_loop(self):
        task = Reber(n_val=200)
        part = task.data(0, "every").val
        rng = np.random.default_rng(0)
        outputs = rng.standard_normal((200, 49, 7))
        # Half of the strings are made right, then some of those wrong at one time step.
        for i, string in enumerate(strings_of(part)):
            for t in range(len(string) - 1):
                if i % 2:
                    outputs[i, t, [SYMBOLS.index(s) for s in allowed_after(string[: t + 1])]] += 20
            if i % 10 == 1:
                outputs[i, rng.integers(len(string) - 1)] *= -1
        right = outer = 0
        for i, string in enumerate(strings_of(part)):
            fine = True
            for t in range(len(string) - 1):
                allowed = allowed_after(string[: t + 1])
                order = [SYMBOLS[k] for k in np.argsort(-outputs[i, t])]
                fine &= set(order[: len(allowed)]) == set(allowed)
                if t == len(string) - 3:
                    outer += order[0] == string[-2]
            right += fine
        assert 50 < right < 100
        assert task.score(outputs, part) == {"accuracy": right / 200, "outer_accuracy": outer / 200}

    def test_a_tie_with_a_forbidden_symbol_is_wrong(self):
        task = Reber(n_val=10)
        part = task.data(0, "every").val
        assert task.score(np.zeros((10, 49, 7), np.float32), part)["accuracy"] == 0


def figures_of_anbn(p, max_n):
    """Return the loss of the symbols' expected shares and that of who knows p, per time step."""
    chances = np.array([p * (1 - p) ** k for k in range(max_n)])
    chances /= chances.sum()
    loss = n_steps = 0.0
    for n, chance in enumerate(chances, start=1):
        n_steps += chance * (2 * n + 1)
        for at in range(1, n + 1):  # the string is known so far, hence that n >= at
            stops = chances[at - 1] / chances[at - 1 :].sum()
            if 0 < stops < 1:
                loss -= chance * math.log(stops if at == n else 1 - stops)
    mean_n = (n_steps - 1) / 2
    shares = np.array([1, mean_n, mean_n]) / n_steps
    return -(shares * np.log(shares)).sum(), loss / n_steps


class TestAnbn:
    def test_strings_are_those_of_a_loop(self):
        task = Anbn(n_train=500, max_n=12)
        x, y, _, lengths, *_ = task.data(0, "every").train
        for inputs, targets, length in zip(x.tolist(), y.tolist(), lengths, strict=True):
            n = (length - 1) // 2
            string = [0] + [1] * n + [2] * n + [0]
            assert inputs[:length] == string[:-1]
            assert targets[:length] == string[1:]
        assert set(lengths) <= set(range(3, 26, 2))
        assert task.shape() == (25, 3, 3, 500, 512, 512)

    @pytest.mark.parametrize(("p", "max_n"), [(0.3, 30), (0.3, 4), (0.9, 3), (0.01, 5), (0.5, 1)])
    def test_n_is_geometric_below_its_bound(self, p, max_n):
        n = 20_000
        lengths = Anbn(p=p, max_n=max_n, n_train=n).data(0, "every").train.lengths
        chances = np.array([p * (1 - p) ** (k - 1) for k in range(1, max_n + 1)])
        expected = n * chances / chances.sum()
        counts = np.bincount((lengths - 1) // 2, minlength=max_n + 1)[1:]
        assert len(counts) == max_n
        # Rare ones are not normal, but a Poisson count of mean m passes m + 5 sqrt(m) + 5 in
        # less than one of a million.
        assert (np.abs(counts - expected) <= 5 * np.sqrt(expected) + 5).all()

    @pytest.mark.parametrize(("p", "max_n"), [(0.3, 30), (0.3, 3), (0.7, 60)])
    def test_baseline(self, p, max_n):
        n = 20_000
        task = Anbn(p=p, max_n=max_n, n_train=n, n_val=n)
        measured = baselines(task.data(0, "every"), "cross_entropy")["frequencies"]
        baseline, _ = figures_of_anbn(p, max_n)
        # A string's mean loss scatters by less than 0.3 between strings.
        assert measured == pytest.approx(baseline, abs=5 * 0.3 / math.sqrt(n))

    def test_accuracy_is_that_of_what_is_determined(self):
        task = Anbn(max_n=3)
        #        # a a b b
        x = np.array([[0, 1, 1, 2, 2, 0, 0]] * 4)
        y = np.array([[1, 1, 2, 2, 0, 0, 0]] * 4)
        part = Part(x, y, None, np.array([5] * 4))
        predicted = np.array(
            [
                [1, 1, 2, 2, 0, 2, 2],  # all right
                [2, 0, 1, 2, 0, 1, 1],  # wrong only where nobody knows
                [1, 1, 2, 0, 0, 0, 0],  # the second b
                [1, 1, 2, 2, 2, 0, 0],  # the end
            ]
        )
        assert task.score(np.eye(3)[predicted], part) == {"accuracy": 0.5}

    def test_chances_of_large_n_may_underflow(self):
        task = Anbn(p=0.9, max_n=1000)
        assert task.data(0, "every").train.lengths.max() < 40


def test_inner_strings_are_those_of_the_literature():
    strings = {string for string, _ in inner_strings(7)}
    assert {"BTXSE", "BPVVE", "BTSXSE", "BPTVVE", "BPVPSE"} <= strings
    # In binary fractions: a string of n choices has the chance 2^-n.
    assert sum(chance for _, chance in inner_strings(12)) == 0.90234375


@pytest.mark.parametrize(
    ("name", "figures"), [("reber", figures_of_reber()), ("anbn", figures_of_anbn(0.3, 30))]
)
def test_the_page_on_tasks_has_these_figures(name, figures):
    page = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text("utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| [`{name}`]"))
    baseline, optimum = figures
    assert f"| {baseline:.3f} | {optimum:.3f} |" in row
