"""One network: named parameters, initialisation, forward pass, loss and gradients."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import vocabulary
from .arrays import make_sequences, make_work, weight_views
from .cost import block_capacity
from .errors import nearest
from .initialization import Initialization, draw
from .kernels import training
from .params import Params, Sizes, count_params, join, param_shapes, split
from .recipes import RECIPES
from .tasks.parts import within

if TYPE_CHECKING:
    import torch


class Model:
    """A recurrent network with one or more hidden layers, ``y = g(h W_hy + b_y)``.

    Arrays at this face are batch-first.

    Parameters
    ----------
    cell, activation, output_activation, output, init, dtype : str
        Words of the sweep file: see `rnnsweep.vocabulary`, or ``python -m rnnsweep list``.
    input_size, hidden_size, output_size, num_layers : int
    init_input, init_recurrent, init_output, init_std : optional
        How the matrices are drawn, where not as the recipe `init` has it.
    spectral_radius : float
        That each gate's recurrent matrix is scaled to at the start; 0 leaves it as drawn.
    init_connections : int
        Incoming recurrent weights of each unit that are not 0 at the start; 0 means all.
    forget_bias : float
        Added to the forget gate's bias at the start; for `lstm`.

    Raises
    ------
    ValueError
        For a word that is not in the vocabulary or a number out of its range.

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
        num_layers: int = 1,
        activation: str = "tanh",
        output_activation: str = "identity",
        output: str = "last",
        init: str = "torch",
        init_input: str | None = None,
        init_recurrent: str | None = None,
        init_output: str | None = None,
        init_std: float | None = None,
        spectral_radius: float = 0.0,
        init_connections: int = 0,
        forget_bias: float = 0.0,
        dtype: str = "float32",
    ) -> None:
        _whole("input_size", input_size, 1)
        _whole("hidden_size", hidden_size, 1)
        _whole("output_size", output_size, 1)
        _whole("num_layers", num_layers, 1)
        _whole("init_connections", init_connections, 0)
        self.cell = _word("cell", cell, vocabulary.CELLS)
        self.activation = _word("activation", activation, vocabulary.ACTIVATIONS)
        self.output_activation = _word(
            "output_activation", output_activation, vocabulary.OUTPUT_ACTIVATIONS
        )
        self.output = _word("output", output, vocabulary.OUTPUTS)
        recipe = RECIPES[_word("init", init, vocabulary.INITIALIZATIONS)]

        def matrix(name: str, word: str | None) -> str:
            return _word(name, getattr(recipe, name) if word is None else word, vocabulary.MATRICES)

        self.initialization = Initialization(
            input=matrix("init_input", init_input),
            recurrent=matrix("init_recurrent", init_recurrent),
            output=matrix("init_output", init_output),
            std=_number("init_std", recipe.init_std if init_std is None else init_std),
            spectral_radius=_number("spectral_radius", spectral_radius),
            connections=init_connections,
            forget_bias=_number("forget_bias", forget_bias, least=-np.inf),
        )
        if "identity" in (self.initialization.input, self.initialization.output):
            raise ValueError('"identity" is for init_recurrent; input and output are not square')
        if forget_bias and cell != "lstm":
            raise ValueError(f'forget_bias is {forget_bias!r}; only "lstm" has a forget gate')
        if init_connections > hidden_size:
            raise ValueError(
                f"init_connections is {init_connections}; allowed: at most hidden_size, "
                f"{hidden_size}"
            )
        self.dtype = np.dtype(_word("dtype", dtype, vocabulary.DTYPES))
        self.sizes = Sizes(input_size, hidden_size, output_size, cell, num_layers)

    def words(self) -> dict[str, Any]:
        """Return the keyword arguments that make this network again."""
        how = self.initialization
        return {
            "cell": self.cell,
            "input_size": self.sizes.input,
            "hidden_size": self.sizes.hidden,
            "output_size": self.sizes.output,
            "num_layers": self.sizes.layers,
            "activation": self.activation,
            "output_activation": self.output_activation,
            "output": self.output,
            "init_input": how.input,
            "init_recurrent": how.recurrent,
            "init_output": how.output,
            "init_std": how.std,
            "spectral_radius": how.spectral_radius,
            "init_connections": how.connections,
            "forget_bias": how.forget_bias,
            "dtype": self.dtype.name,
        }

    def __repr__(self) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in self.words().items())
        return f"Model({words})"

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
            self.output == "every",
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
        draws = draw(self.initialization, self.sizes, seed)
        return join(draws, self.sizes, self.dtype)

    def forward(
        self,
        params: Mapping[str, ArrayLike],
        x: ArrayLike,
        lengths: ArrayLike | None = None,
    ) -> NDArray[np.floating]:
        """Return the outputs for `x`.

        Parameters
        ----------
        params : dict
            Arrays by name, in the shapes that `init` returns.
        x : (B, T, I) array, or (B, T) array of whole numbers below I
            Whole numbers stand for columns of the identity (one-hot).
        lengths : (B,) array of whole numbers from 1 to T, optional
            Time steps of each sequence, T if left out; what follows them is never looked at.

        Returns
        -------
        (B, O) array, or (B, T, O) with ``output="every"``
            0 past a sequence's end.

        Raises
        ------
        ValueError
            If a name or a shape does not fit.
        """
        flat = self._flat(params)
        inputs = self._inputs(x)
        n_batch, seq_len = inputs.shape[:2]
        n_out = self.n_out(seq_len)
        outputs = np.zeros((n_batch, n_out, self.sizes.output), self.dtype)
        counted = self._lengths(lengths, inputs)
        self._check_tokens(inputs, within(counted, seq_len))
        data = make_sequences(inputs, outputs, self.dtype, self.sizes, n_out, counted)
        capacity = block_capacity(1, 1, n_batch)
        work = make_work(self.sizes, seq_len, n_out, capacity, self.dtype)
        training.predict(
            weight_views(flat, self.sizes), self.network, data, np.arange(n_batch), work, outputs
        )
        return outputs if self.output == "every" else outputs[:, 0]

    def loss_and_gradients(
        self,
        params: Mapping[str, ArrayLike],
        x: ArrayLike,
        target: ArrayLike,
        loss: str = "mse",
        gradient: str = "bptt",
        *,
        lengths: ArrayLike | None = None,
        truncation: int = 0,
        huber_delta: float = 1.0,
    ) -> tuple[float, Params]:
        """Return the mean loss of a batch, and its gradients by name.

        Parameters
        ----------
        params, x, lengths
            As `forward` takes them.
        target : (B, O) array, or (B, T, O) with ``output="every"``
            For ``cross_entropy`` the whole numbers of classes, (B,) or (B, T).
        loss : {"mse", "bce", "mae", "huber", "cross_entropy"}
            ``bce`` needs ``output_activation="sigmoid"``, and targets from 0 to 1;
            ``cross_entropy`` needs ``output_activation="identity"``: outputs are logits.
        gradient : {"bptt", "notebook", "truncated"}
            ``notebook`` is the notebook's rule, not the loss's gradient; it is for one layer of
            the cell ``rnn`` with ``output="last"``.
        truncation : int
            Time steps of the windows of ``truncated``: over a boundary the state goes on, the
            gradient does not.
        huber_delta : float
            Where the loss ``huber`` becomes linear.

        Raises
        ------
        ValueError
            If a name, a shape or a combination does not fit.
        """
        _word("loss", loss, vocabulary.LOSSES)
        _word("gradient", gradient, vocabulary.GRADIENTS)
        flat = self._flat(params)
        inputs = self._inputs(x)
        n_batch, seq_len = inputs.shape[:2]
        counted = self._lengths(lengths, inputs)
        self._check_tokens(inputs, within(counted, seq_len))
        if loss == "cross_entropy":
            targets = self._classes(target, inputs, counted)
        else:
            targets = self._targets(target, inputs)
        compared = targets[within(counted, seq_len)] if self.output == "every" else targets
        self._check_objective(loss, gradient, compared)
        _whole("truncation", truncation, 1 if gradient == "truncated" else 0)
        if truncation and gradient != "truncated":
            raise ValueError('truncation is for gradient="truncated"')
        if _number("huber_delta", huber_delta) == 0:
            raise ValueError("huber_delta is 0; allowed: a number above 0")
        n_out = self.n_out(seq_len)
        data = make_sequences(inputs, targets, self.dtype, self.sizes, n_out, counted)
        work = make_work(self.sizes, seq_len, n_out, n_batch, self.dtype)
        flat_gradients = np.zeros_like(flat)
        objective = training.Objective(
            loss=vocabulary.LOSSES[loss].code,
            huber_delta=float(huber_delta),
            gradient=vocabulary.GRADIENTS[gradient].code,
            window=truncation,
        )
        value, _ = training.loss_and_gradients(
            weight_views(flat, self.sizes),
            weight_views(flat_gradients, self.sizes),
            self.network,
            objective,
            data,
            np.arange(n_batch),
            0,
            1.0,
            work,
            np.zeros((0, 0), np.bool_),
        )
        return float(value), split(flat_gradients, self.sizes)

    def to_torch(self, params: Mapping[str, ArrayLike]) -> "torch.nn.Module":
        """Return a PyTorch module with these parameters and the same outputs.

        Raises
        ------
        ImportError
            If PyTorch is not installed.
        ValueError
            If a name or a shape of the params does not fit.
        """
        from .torch_bridge import to_torch

        return to_torch(self, split(self._flat(params), self.sizes))

    @classmethod
    def from_torch(
        cls,
        module: "torch.nn.Module",
        *,
        output: str | None = None,
        output_activation: str | None = None,
    ) -> "tuple[Model, Params]":
        """Return the network that a PyTorch module is, and its parameters.

        Parameters
        ----------
        module : torch.nn.Module
            What `to_torch` returns, or any module that holds one ``nn.RNN``, ``nn.LSTM`` or
            ``nn.GRU`` and one ``nn.Linear`` that reads its hidden states.
        output, output_activation : str, optional
            What the module itself does not tell; "last" and "identity" if left out.

        Raises
        ------
        ImportError
            If PyTorch is not installed.
        ValueError
            If the module is no network of this kind.
        """
        from .torch_bridge import from_torch

        return from_torch(module, output=output, output_activation=output_activation)

    def _check_objective(self, loss: str, gradient: str, targets: NDArray[Any]) -> None:
        if loss == "bce":
            if self.output_activation != "sigmoid":
                raise ValueError('loss "bce" needs output_activation="sigmoid"')
            if targets.size and not (targets.min() >= 0 and targets.max() <= 1):
                raise ValueError('loss "bce" needs targets from 0 to 1')
        if loss == "cross_entropy" and self.output_activation != "identity":
            raise ValueError('loss "cross_entropy" needs output_activation="identity": logits')
        if gradient == "notebook":
            if self.output != "last":
                raise ValueError('gradient "notebook" needs output="last"')
            if self.cell != "rnn" or self.sizes.layers != 1:
                raise ValueError('gradient "notebook" is for one layer of the cell "rnn"')

    def _flat(self, params: Mapping[str, ArrayLike]) -> NDArray[np.floating]:
        shapes = param_shapes(self.sizes)
        if not isinstance(params, Mapping):
            raise ValueError(f"params is {type(params).__name__}; needed: a dict of arrays by name")
        if set(params) != set(shapes):
            raise ValueError(f"params are {sorted(map(str, params))}; needed: {sorted(shapes)}")
        named = {name: _real(name, params[name]) for name in shapes}
        for name, shape in shapes.items():
            if named[name].shape != shape:
                raise ValueError(f"{name} has shape {named[name].shape}; needed: {shape}")
        return join(named, self.sizes, self.dtype)

    def _inputs(self, x: ArrayLike) -> NDArray[Any]:
        inputs = _real("x", x)
        n_input = self.sizes.input
        if inputs.ndim == 2 and inputs.dtype.kind in "iu" and 0 not in inputs.shape:
            return inputs
        if inputs.ndim != 3 or inputs.shape[2] != n_input or 0 in inputs.shape:
            raise ValueError(
                f"x has shape {inputs.shape}; needed: (batch, seq_len, {n_input}), or whole "
                "numbers (batch, seq_len); none of them 0"
            )
        return inputs

    def _lengths(self, lengths: ArrayLike | None, inputs: NDArray[Any]) -> NDArray[np.int64]:
        n_batch, seq_len = inputs.shape[:2]
        if lengths is None:
            return np.full(n_batch, seq_len)
        counted = _real("lengths", lengths)
        if counted.shape != (n_batch,) or counted.dtype.kind not in "iu":
            raise ValueError(
                f"lengths has shape {counted.shape} and holds {counted.dtype}; "
                f"needed: whole numbers ({n_batch},)"
            )
        if counted.min() < 1 or counted.max() > seq_len:
            raise ValueError(
                f"lengths reach from {counted.min()} to {counted.max()}; "
                f"allowed: 1 to {seq_len}, the time steps of x"
            )
        return counted.astype(np.int64)

    def _check_tokens(self, inputs: NDArray[Any], within: NDArray[np.bool_]) -> None:
        """Raise where a whole number that stands for a column has none."""
        if inputs.ndim == 3:
            return
        tokens, n_input = inputs[within], self.sizes.input
        if tokens.min() < 0 or tokens.max() >= n_input:
            raise ValueError(
                f"x holds whole numbers from {tokens.min()} to {tokens.max()}; "
                f"allowed: 0 to {n_input - 1}, below input_size"
            )

    def _targets(self, target: ArrayLike, inputs: NDArray[Any]) -> NDArray[Any]:
        targets = _real("target", target)
        n_batch, seq_len = inputs.shape[:2]
        n_output = self.sizes.output
        every = self.output == "every"
        shape = (n_batch, seq_len, n_output) if every else (n_batch, n_output)
        if targets.shape != shape:
            raise ValueError(f"target has shape {targets.shape}; needed: {shape}")
        return targets

    def _classes(
        self, target: ArrayLike, inputs: NDArray[Any], lengths: NDArray[np.int64]
    ) -> NDArray[Any]:
        """Return classes whose counted ones are all in range."""
        classes = _real("target", target)
        shape = inputs.shape[:2] if self.output == "every" else inputs.shape[:1]
        if classes.shape != shape or classes.dtype.kind not in "iu":
            raise ValueError(
                f"target has shape {classes.shape} and holds {classes.dtype}; "
                f"needed: whole numbers {shape}, the classes"
            )
        counted = classes
        if self.output == "every":
            counted = classes[within(lengths, shape[1])]
        if counted.min() < 0 or counted.max() >= self.sizes.output:
            raise ValueError(
                f"target holds classes from {counted.min()} to {counted.max()}; "
                f"allowed: 0 to {self.sizes.output - 1}, below output_size"
            )
        return classes


def _real(name: str, values: ArrayLike) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:
        way_out = ", with lengths= beside it" if name == "x" else ""
        raise ValueError(f"{name} is ragged; needed: one shape throughout{way_out}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype}; needed: real numbers")
    return array


def _whole(name: str, value: int, least: int) -> None:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} is {value!r}; allowed: an integer of at least {least}")


def _number(name: str, value: float, least: float = 0.0) -> float:
    is_number = isinstance(value, int | float | np.floating) and not isinstance(value, bool)
    if not is_number or not np.isfinite(value) or value < least:
        allowed = "a finite number" + (f" of at least {least:g}" if np.isfinite(least) else "")
        raise ValueError(f"{name} is {value!r}; allowed: {allowed}")
    return float(value)


def _word(name: str, word: str, words: vocabulary.Words) -> str:
    if not isinstance(word, str) or word not in words:
        raise ValueError(f"{name} is {word!r}; {nearest(word, words)}")
    return word
