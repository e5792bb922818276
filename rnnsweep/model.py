"""One network: named parameters, initialisation, forward pass, loss and gradients."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import initialization, vocabulary
from .arrays import make_sequences, make_work, weight_views
from .cost import block_capacity
from .errors import nearest
from .kernels import training
from .params import Params, Sizes, count_params, join, param_shapes, split


class Model:
    """A recurrent network with one hidden layer, ``y = g(h W_hy + b_y)``.

    Arrays at this face are batch-first.

    Parameters
    ----------
    cell, activation, output_activation, output, init, dtype : str
        Words of the sweep file: see `rnnsweep.vocabulary`, or ``python -m rnnsweep list``.
    input_size, hidden_size, output_size : int

    Raises
    ------
    ValueError
        For a word that is not in the vocabulary or a size below 1.

    Examples
    --------
    >>> model = Model(cell="rnn", input_size=2, hidden_size=8, output_size=1)
    >>> params = model.init(seed=0)
    >>> model.forward(params, np.zeros((4, 10, 2))).shape
    (4, 1)
    """

    def __init__(
        self,
        *,
        cell: str = "rnn",
        input_size: int,
        hidden_size: int,
        output_size: int,
        activation: str = "tanh",
        output_activation: str = "identity",
        output: str = "last",
        init: str = "torch",
        dtype: str = "float32",
    ) -> None:
        sizes = Sizes(input_size, hidden_size, output_size)
        for name, size in zip(("input_size", "hidden_size", "output_size"), sizes, strict=True):
            if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
                raise ValueError(f"{name} is {size!r}; allowed: an integer of at least 1")
        self.cell = _word("cell", cell, vocabulary.CELLS)
        self.activation = _word("activation", activation, vocabulary.ACTIVATIONS)
        self.output_activation = _word(
            "output_activation", output_activation, vocabulary.OUTPUT_ACTIVATIONS
        )
        self.output = _word("output", output, vocabulary.OUTPUTS)
        self.initialization = _word("init", init, vocabulary.INITIALIZATIONS)
        self.dtype = np.dtype(_word("dtype", dtype, vocabulary.DTYPES))
        self.sizes = sizes

    def __repr__(self) -> str:
        i, h, o = self.sizes
        return (
            f"Model(cell={self.cell!r}, input_size={i}, hidden_size={h}, output_size={o}, "
            f"activation={self.activation!r}, output_activation={self.output_activation!r}, "
            f"output={self.output!r}, init={self.initialization!r}, dtype={self.dtype.name!r})"
        )

    @property
    def n_params(self) -> int:
        """Number of learned values."""
        return count_params(self.sizes)

    @property
    def network(self) -> training.Network:
        """The codes that kernels take."""
        return training.Network(
            vocabulary.ACTIVATIONS[self.activation].code,
            vocabulary.OUTPUT_ACTIVATIONS[self.output_activation].code,
        )

    def n_out(self, seq_len: int) -> int:
        """Return the number of time steps that have an output."""
        return seq_len if self.output == "every" else 1

    def init(self, seed: int = 0) -> Params:
        """Return the initial parameters by name: those of a trial with this seed, from 0 up."""
        if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
            raise ValueError(f"seed is {seed!r}; allowed: an integer of at least 0")
        return split(self.init_flat(seed), self.sizes)

    def init_flat(self, seed: int) -> NDArray[np.floating]:
        """Return the initial parameters in one vector (n_params,)."""
        draws = initialization.draw(self.initialization, self.sizes, seed)
        return join(draws, self.sizes, self.dtype)

    def forward(self, params: Mapping[str, ArrayLike], x: ArrayLike) -> NDArray[np.floating]:
        """Return the outputs for `x`.

        Parameters
        ----------
        params : dict
            Arrays by name, in the shapes that `init` returns.
        x : (B, T, I) array

        Returns
        -------
        (B, O) array, or (B, T, O) with ``output="every"``

        Raises
        ------
        ValueError
            If a name or a shape does not fit.
        """
        flat = self._flat(params)
        inputs = self._inputs(x)
        n_batch, seq_len, _ = inputs.shape
        outputs = np.empty((n_batch, self.n_out(seq_len), self.sizes.output), self.dtype)
        data = make_sequences(inputs, outputs, self.dtype)
        capacity = block_capacity(1, 1, n_batch)
        work = make_work(self.sizes, seq_len, outputs.shape[1], capacity, self.dtype)
        training.predict(weight_views(flat, self.sizes), self.network, data.x, work, outputs)
        return outputs if self.output == "every" else outputs[:, 0]

    def loss_and_gradients(
        self,
        params: Mapping[str, ArrayLike],
        x: ArrayLike,
        target: ArrayLike,
        loss: str = "mse",
        gradient: str = "bptt",
    ) -> tuple[float, Params]:
        """Return the mean loss of a batch, and its gradients by name.

        Parameters
        ----------
        params : dict
            Arrays by name, in the shapes that `init` returns.
        x : (B, T, I) array
        target : (B, O) array, or (B, T, O) with ``output="every"``
        loss : {"mse", "bce"}
            ``bce`` needs ``output_activation="sigmoid"``, and targets from 0 to 1.
        gradient : {"bptt", "notebook"}
            ``notebook`` is the notebook's rule, not the loss's gradient; it needs
            ``output="last"``.

        Raises
        ------
        ValueError
            If a name, a shape or a combination does not fit.
        """
        _word("loss", loss, vocabulary.LOSSES)
        _word("gradient", gradient, vocabulary.GRADIENTS)
        flat = self._flat(params)
        inputs = self._inputs(x)
        n_batch, seq_len, _ = inputs.shape
        targets = self._targets(target, n_batch, seq_len)
        if loss == "bce":
            if self.output_activation != "sigmoid":
                raise ValueError('loss "bce" needs output_activation="sigmoid"')
            if targets.size and not (targets.min() >= 0 and targets.max() <= 1):
                raise ValueError('loss "bce" needs targets from 0 to 1')
        if gradient == "notebook" and self.output != "last":
            raise ValueError('gradient "notebook" needs output="last"')
        data = make_sequences(inputs, targets, self.dtype)
        work = make_work(self.sizes, seq_len, targets.shape[1], n_batch, self.dtype)
        flat_gradients = np.zeros_like(flat)
        value = training.loss_and_gradients(
            weight_views(flat, self.sizes),
            weight_views(flat_gradients, self.sizes),
            self.network,
            vocabulary.LOSSES[loss].code,
            vocabulary.GRADIENTS[gradient].code,
            data,
            work,
        )
        return float(value), split(flat_gradients, self.sizes)

    def _flat(self, params: Mapping[str, ArrayLike]) -> NDArray[np.floating]:
        shapes = param_shapes(self.sizes)
        if set(params) != set(shapes):
            raise ValueError(f"params are {sorted(params)}; needed: {sorted(shapes)}")
        for name, shape in shapes.items():
            if np.shape(params[name]) != shape:
                raise ValueError(f"{name} has shape {np.shape(params[name])}; needed: {shape}")
        named = {name: _real(name, params[name]) for name in shapes}
        return join(named, self.sizes, self.dtype)

    def _inputs(self, x: ArrayLike) -> NDArray[Any]:
        inputs = _real("x", x)
        if inputs.ndim != 3 or inputs.shape[2] != self.sizes.input or 0 in inputs.shape:
            raise ValueError(
                f"x has shape {inputs.shape}; needed: (batch, seq_len, {self.sizes.input}), "
                "none of them 0"
            )
        return inputs

    def _targets(self, target: ArrayLike, n_batch: int, seq_len: int) -> NDArray[Any]:
        targets = _real("target", target)
        n_output = self.sizes.output
        every = self.output == "every"
        shape = (n_batch, seq_len, n_output) if every else (n_batch, n_output)
        if targets.shape != shape:
            raise ValueError(f"target has shape {targets.shape}; needed: {shape}")
        return targets.reshape(n_batch, self.n_out(seq_len), n_output)


def _real(name: str, values: ArrayLike) -> NDArray[Any]:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype}; needed: real numbers")
    return array


def _word(name: str, word: str, words: vocabulary.Words) -> str:
    if not isinstance(word, str) or word not in words:
        raise ValueError(f"{name} is {word!r}; {nearest(word, words)}")
    return word
