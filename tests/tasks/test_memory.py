"""The memory tasks by their definitions: each target is computed again by a loop over the input."""

import math

import numpy as np
import pytest
from pydantic import ValidationError
from task_cases import baselines

from rnnsweep.tasks import Part
from rnnsweep.tasks.adding_hs import AddingHs
from rnnsweep.tasks.copy import Copy
from rnnsweep.tasks.parity import DelayedXor, Parity
from rnnsweep.tasks.temporal_order import TemporalOrder


def faults_of(error):
    return error.value.errors()[0]["ctx"]["error"].faults


class TestAddingHs:
    def test_markers_are_where_they_should_be(self):
        x, _, persistence, lengths, *_ = AddingHs(seq_len=40, n_train=3000).data(0).train
        assert persistence is None
        firsts, seconds = set(), set()
        for markers, length in zip(x[:, :, 1], lengths, strict=True):
            assert markers[0] == markers[length - 1] == -1.0
            assert np.isin(markers[1 : length - 1], [0.0, 1.0]).all()
            marked = np.flatnonzero(markers == 1.0)
            assert len(marked) in (1, 2)  # one where the other fell on the first pair
            if len(marked) == 2:
                assert marked[0] < 10
                firsts.add(marked[0])
                seconds.add(marked[1])
        assert firsts == set(range(1, 10))
        # The first 19 pairs that are left, of pairs 0 to 19; none is missed in 3000 draws.
        assert seconds == set(range(2, 20))

    def test_targets_are_those_of_a_loop(self):
        task = AddingHs(seq_len=25, n_train=500)
        x, y, _, lengths, *_ = task.data(1).train
        for i, length in enumerate(lengths):
            total = 0.0
            for value, marker in x[i, :length]:
                if marker == 1.0:
                    total += value
            assert y[i, 0] == 0.5 + total / 4

    def test_lengths_and_values_are_uniform(self):
        x, _, _, lengths, *_ = AddingHs(seq_len=40, n_train=20_000).data(0).train
        counts = np.bincount(lengths)
        assert (np.flatnonzero(counts) == np.arange(40, 45)).all()
        # Five equal shares of 20,000: five standard deviations of a count.
        assert np.abs(counts[40:] - 4000).max() < 5 * math.sqrt(20_000 * 0.2 * 0.8)
        values = x[:, :40, 0]
        assert -1 <= values.min() < -0.999
        assert 0.999 < values.max() < 1
        assert abs(values.mean()) < 5 * math.sqrt(1 / 3 / values.size)
        assert abs(values.var() - 1 / 3) < 5 * math.sqrt(4 / 45 / values.size)

    @pytest.mark.parametrize(
        ("seq_len", "expected"), [(100, 0.0392), (20, 0.0375), (1000, 0.03955)]
    )
    def test_baseline(self, seq_len, expected):
        n = 40_000
        task = AddingHs(seq_len=seq_len, n_train=1000, n_val=n if seq_len < 1000 else 1000)
        data = task.data(0)
        squares = (data.val.y - 0.5) ** 2
        scatter = squares.std() / math.sqrt(len(squares))
        measured = baselines(data, "mse")
        # The mean over 1000 training sequences adds its own variance, 0.04 / 1000.
        assert abs(measured["mean"] - expected) < 5 * scatter + 5 * 0.04 / 1000

    def test_accuracy_is_the_share_of_small_errors(self):
        task = AddingHs(seq_len=20)
        part = Part(np.zeros((4, 22, 2)), np.array([[0.5], [0.5], [0.5], [0.5]]))
        outputs = np.array([[0.5], [0.539], [0.459], [0.53]], np.float32)
        assert task.score(outputs, part) == {"accuracy": 0.75}

    def test_sequences_have_at_least_twenty_time_steps(self):
        with pytest.raises(ValidationError, match="greater than or equal to 20"):
            AddingHs(seq_len=19)
        x, *_ = AddingHs(seq_len=20, n_train=2000).data(0).train
        assert ((x[:, :, 1] == 1.0).sum(axis=1) >= 1).all()


class TestCopy:
    @pytest.mark.parametrize("delay", [1, 2, 30])
    def test_input_and_target(self, delay):
        task = Copy(delay=delay, n_train=300)
        x, y, persistence, lengths, *_ = task.data(0, "every").train
        assert persistence is None
        assert lengths is None
        assert task.shape() == (delay + 20, 10, 9, 300, 512, 512)
        for inputs, targets in zip(x.tolist(), y.tolist(), strict=True):
            symbols = inputs[:10]
            assert set(symbols) <= set(range(8))
            assert inputs == symbols + [8] * (delay - 1) + [9] + [8] * 10
            assert targets == [8] * (delay + 10) + symbols
        # 3000 symbols of eight: five standard deviations of a count.
        counts = np.bincount(x[:, :10].ravel(), minlength=8)
        assert np.abs(counts - 375).max() < 5 * math.sqrt(3000 * 7 / 64)

    @pytest.mark.parametrize(
        ("delay", "expected"), [(10, 0.693), (50, 0.297), (100, 0.173), (200, 0.0945)]
    )
    def test_baseline_is_that_of_the_paper(self, delay, expected):
        task = Copy(delay=delay, n_train=10, n_val=4)
        (name, *losses), _ = task.predictor_losses(task.data(0, "every"), "cross_entropy")
        assert name == "memoryless"
        assert losses == pytest.approx([expected, expected], abs=5e-4)

    def test_no_predictor_by_time_step_does_better(self):
        n = 20_000
        y = Copy(delay=3, n_train=n).data(0, "every").train.y
        losses = []
        for t in range(y.shape[1]):
            shares = np.bincount(y[:, t], minlength=9) / n
            losses.append(-sum(share * math.log(share) for share in shares if share > 0))
        # An entropy of estimated shares is low by (8 - 1) / (2 n) in the mean and scatters by
        # less than that.
        assert np.mean(losses) == pytest.approx(
            10 * math.log(8) / 23, abs=5 * 10 / 23 * 7 / (2 * n)
        )


class TestTemporalOrder:
    @pytest.mark.parametrize("seq_len", [10, 19, 20, 50, 107])
    def test_symbols_are_where_they_should_be(self, seq_len):
        x, y, *_ = TemporalOrder(seq_len=seq_len, n_train=2000).data(0).train
        width, half = seq_len // 10, seq_len // 2
        firsts, seconds = set(), set()
        for symbols, label in zip(x, y, strict=True):
            places = np.flatnonzero(symbols < 2)
            assert len(places) == 2
            firsts.add(places[0])
            seconds.add(places[1])
            assert label == symbols[places[0]] + 2 * symbols[places[1]]
        assert firsts == set(range(width, 2 * width))
        assert seconds == set(range(half, half + width))
        assert set(x.ravel()) == set(range(6))

    def test_classes_and_distractors_are_equally_likely(self):
        n = 20_000
        data = TemporalOrder(seq_len=20, n_train=n, n_val=n).data(0)
        counts = np.bincount(data.train.y)
        assert np.abs(counts - n / 4).max() < 5 * math.sqrt(n * 3 / 16)
        distractors = data.train.x[data.train.x > 1]
        shares = np.bincount(distractors)[2:] / distractors.size
        assert np.abs(shares - 0.25).max() < 5 * math.sqrt(3 / 16 / distractors.size)
        measured = baselines(data, "cross_entropy")["frequencies"]
        # The excess of fitted shares is (4 - 1) / (2 n) twice, and scatters by less.
        assert measured == pytest.approx(math.log(4), abs=10 * 3 / (2 * n))

    @pytest.mark.parametrize("seq_len", [1, 9])
    def test_short_sequences_are_refused(self, seq_len):
        with pytest.raises(ValidationError) as caught:
            TemporalOrder(seq_len=seq_len)
        (fault,) = faults_of(caught)
        assert fault.keys == ("seq_len",)
        assert "seq_len of 10 or more" in fault.text


class TestParity:
    def test_targets_are_those_of_a_loop(self):
        task = Parity(seq_len=8, n_train=300)
        x, last, *_ = task.data(0, "last").train
        every = task.data(0, "every").train.y
        assert set(x.ravel()) == {0.0, 1.0}
        for i, bits in enumerate(x[:, :, 0]):
            odd = 0
            for t, bit in enumerate(bits):
                odd ^= int(bit)
                assert every[i, t, 0] == odd
            assert last[i, 0] == odd

    def test_baseline(self):
        n = 20_000
        for task in (
            Parity(seq_len=5, n_train=n, n_val=n),
            DelayedXor(seq_len=5, lag=2, n_train=n, n_val=n),
        ):
            measured = baselines(task.data(0), "bce")["mean"]
            # With shares 1/2 + d and 1/2 + e the loss is ln 2 + 2 d^2 - 4 d e, d and e of
            # standard deviation 1 / (2 sqrt(n)): 5 of each at once.
            assert measured == pytest.approx(math.log(2), abs=6 * 25 / (4 * n))


class TestDelayedXor:
    @pytest.mark.parametrize(("seq_len", "lag"), [(2, 1), (10, 1), (10, 9), (10, 4)])
    def test_targets_are_those_of_a_loop(self, seq_len, lag):
        x, y, *_ = DelayedXor(seq_len=seq_len, lag=lag, n_train=200).data(0).train
        for bits, targets in zip(x[:, :, 0], y[:, 0], strict=True):
            assert targets == (bits[seq_len - 1] != bits[seq_len - 1 - lag])
        assert 0 < y.mean() < 1

    def test_a_lag_that_leaves_the_sequence_is_refused(self):
        with pytest.raises(ValidationError) as caught:
            DelayedXor(seq_len=5, lag=5)
        (fault,) = faults_of(caught)
        assert fault.keys == ("seq_len", "lag")
        assert "below seq_len" in fault.text
