"""Networks with a batch, and the same for the naive twin: what several tests compare."""

import naive
import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from some_cells import CELLS, WITH_ACTIVATIONS

from rnnsweep.network.model import Model
from rnnsweep.vocabulary import LOSSES, OUTPUTS

# Around the widths of vectors and the rows of tiles, from 1 up.
WIDTHS = [*range(1, 10), 15, 16, 17, 31, 32, 33, 40, 65]

# Rounding, in eps of the largest of what is compared (of all gradients together). 4000 draws of
# the cases below came to 30 at most; three times that, for a draw by ill chance.
ROUNDING = 100

# The twin takes every time step of every sequence by itself: about 20 microseconds an operation.
MOST_TIME_STEPS = 120


def some_lengths(rng, n_batch, seq_len):
    """Return lengths of a batch, the longest of them shorter than the arrays now and then."""
    return rng.integers(1, seq_len + 1, n_batch)


def some_mask(rng, n_batch, seq_len):
    """Return where targets count, with one at least at a first time step, which none is without."""
    mask = rng.random((n_batch, seq_len)) < 0.4
    mask[rng.integers(n_batch), 0] = True
    return mask


def some_targets(rng, loss, shape, dtype="float64"):
    """Return targets for outputs (..., O), or for cross_entropy the classes (...).

    Away from the outputs, and on one side of them: of a difference or a gradient that cancels
    only the rounding would be compared. `test_losses.py` has errors of both signs.
    """
    if loss == "cross_entropy":
        return rng.integers(0, shape[-1], shape[:-1])
    return ((0 if loss == "bce" else 3) + 0.1 * rng.random(shape)).astype(dtype)


class Case:
    """A network with its initial params, a batch, and the same for the twin."""

    def __init__(
        self,
        seed,
        n_batch,
        seq_len,
        sizes,
        dtype="float64",
        *,
        loss="mse",
        gradient="bptt",
        truncation=0,
        huber_delta=1.0,
        output="last",
        cell="rnn",
        num_layers=1,
        with_lengths=False,
        with_mask=False,
        tokens=False,
        **words,
    ):
        rng = np.random.default_rng(seed)
        self.model = Model(
            cell=cell,
            input_size=sizes[0],
            hidden_size=sizes[1],
            output_size=sizes[2],
            num_layers=num_layers,
            output=output,
            dtype=dtype,
            **words,
        )
        self.network = naive.Network(
            self.model.activation, self.model.output_activation, output, cell, num_layers
        )
        self.params = self.model.init(seed)
        if tokens:
            self.x = rng.integers(0, sizes[0], (n_batch, seq_len))
        else:
            self.x = rng.standard_normal((n_batch, seq_len, sizes[0])).astype(dtype)
        shape = (n_batch, seq_len, sizes[2]) if output == "every" else (n_batch, sizes[2])
        self.target = some_targets(rng, loss, shape, dtype)
        self.lengths = some_lengths(rng, n_batch, seq_len) if with_lengths else None
        self.loss = loss
        self.options = {
            "gradient": gradient,
            "truncation": truncation,
            "huber_delta": huber_delta,
            "lengths": self.lengths,
            "mask": some_mask(rng, n_batch, seq_len) if with_mask else None,
        }

    def forward(self):
        with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
            return self.model.forward(self.params, self.x, lengths=self.lengths)

    def loss_and_gradients(self, params=None):
        with np.errstate(all="ignore"):
            return self.model.loss_and_gradients(
                self.params if params is None else params,
                self.x,
                self.target,
                self.loss,
                **self.options,
            )

    def twin_forward(self):
        return naive.forward(self.network, self.params, self.x, self.lengths)

    def twin_loss_and_gradients(self):
        return naive.loss_and_gradients(
            self.network, self.params, self.x, self.target, self.loss, **self.options
        )

    def distance_to_a_kink(self):
        """Return how near a pre-activation, or an error under mae, comes to a kink."""
        distance = naive.distance_to_a_kink(self.network, self.params, self.x, self.lengths)
        if self.loss == "mae":
            distance = min(distance, np.abs(self.twin_forward() - self.target).min())
        return distance


@st.composite
def cases(draw, cells=tuple(CELLS), losses=tuple(LOSSES), most_layers=3):
    """Draw the arguments of a case; half of the sizes are any number, half a critical one."""
    width = st.integers(1, 40) | st.sampled_from(WIDTHS)
    loss = draw(st.sampled_from(losses))
    output_activations = {"bce": ["sigmoid"], "cross_entropy": ["identity"]}
    seq_len = draw(st.integers(1, 12))
    num_layers = draw(st.integers(1, most_layers))
    n_batch = draw(width.filter(lambda n: n * seq_len * num_layers <= 3 * MOST_TIME_STEPS))
    gradient = draw(st.sampled_from(["bptt", "bptt", "truncated"]))
    cell = draw(st.sampled_from(cells))
    activation = draw(st.sampled_from([other for name, other in WITH_ACTIVATIONS if name == cell]))
    output = draw(st.sampled_from(list(OUTPUTS)))
    return {
        "seed": draw(st.integers(0, 10_000)),
        "n_batch": n_batch,
        "seq_len": seq_len,
        "sizes": (draw(st.integers(1, 9) | width), draw(width), draw(st.integers(1, 4) | width)),
        "cell": cell,
        "num_layers": num_layers,
        "loss": loss,
        "huber_delta": draw(st.sampled_from([0.3, 1.0, 2.9, 10.0])),
        "gradient": gradient,
        "truncation": draw(st.integers(1, seq_len + 2)) if gradient == "truncated" else 0,
        "output": output,
        "activation": activation,
        "output_activation": draw(
            st.sampled_from(output_activations.get(loss, ["identity", "sigmoid"]))
        ),
        "with_lengths": draw(st.booleans()),
        "with_mask": output == "every" and draw(st.booleans()),
        "tokens": draw(st.booleans()),
    }


def assert_equals_the_twin(case):
    """Compare outputs, loss and gradients."""
    dtype = case.model.dtype
    eps = np.finfo(dtype).eps
    want_y, y = case.twin_forward(), case.forward()
    want_loss, want = case.twin_loss_and_gradients()
    loss, grads = case.loss_and_gradients()
    assert y.dtype == dtype
    assert y.shape == want_y.shape
    assert {name: (g.shape, g.dtype) for name, g in grads.items()} == {
        name: (g.shape, dtype) for name, g in want.items()
    }
    largest = max(np.abs(grad).max() for grad in want.values())
    # An output near 0 is a difference of sums of size 1.
    assert np.abs(y - want_y).max() <= ROUNDING * eps * max(1, np.abs(want_y).max())
    assert abs(loss - want_loss) <= ROUNDING * eps * abs(want_loss)
    for name, grad in grads.items():
        assert np.abs(grad - want[name]).max() <= ROUNDING * eps * largest, name


def assume_clear_of_kinks(case):
    """Leave out a case with a value so near a kink that the twin's may be on its other side."""
    assume(case.distance_to_a_kink() > ROUNDING * np.finfo(case.model.dtype).eps)
