"""One network: named parameters, initialisation, forward pass, loss and gradients."""

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnsweep.cells import Cell
from rnnsweep.cells.emit import source
from rnnsweep.kernels import linking, training
from rnnsweep.kernels.layers import Network
from rnnsweep.tasks.parts import within
from rnnsweep.whole_numbers import whole

from .buffers import make_sequences, make_work, weights_of
from .checks import (
    cell_words,
    read_inputs,
    read_mask,
    read_network,
    read_objective,
    read_params,
    read_targets,
)
from .cost import block_capacity
from .effective import effective_of, gradients_by_learned
from .initialization import Initialization, draw
from .layout import Params, Sizes, count_params, join, param_shapes, split
from .plain_loops import runs_in_plain_loops
from .recurrent import FREE, Recurrent

if TYPE_CHECKING:
    import torch


class Model:
    """A recurrent network with one or more hidden layers and a linear readout.

    The outputs are ``y = g(h W_hy + b_y)``, where ``h`` are the states of the last layer. Arrays
    are batch-first: (batch, time steps, features), written (B, T, I).

    Parameters
    ----------
    cell : str, path, dict or Cell
        The word of a built-in cell, as ``python -m rnnsweep list cells`` prints them; the path of a
        ``.toml`` file with a cell's equations; or a dict with what such a file has in ``[cell]``.
    constants, biases : dict, optional
        Other values of the constants in the cell's equations, and of the initial biases of its
        sums, by their names.
    activation : str
        A word of ``list activations``, or a formula in x, as in ``"x * sigmoid(x)"``.
    output_activation, output, init, dtype : str
        The words of a sweep file; ``python -m rnnsweep list initializations`` and so on.
    input_size, hidden_size, output_size, num_layers : int
        Numbers of inputs I, hidden units H in each layer, outputs O, and hidden layers.
    init_input, init_recurrent, init_output, init_std : optional
        How the initial matrices are drawn, where that differs from the recipe `init`.
    spectral_radius : float
        Each gate's initial recurrent matrix is scaled to this spectral radius; 0 leaves it as
        drawn.
    init_connections : int
        How many incoming recurrent weights of each unit are not 0 at the start; 0 means all.
    forget_bias : float
        Added to the initial bias of the sum zf, the forget gate, for cells that have one.
    recurrent : {"free", "dale", "antisymmetric", "orthogonal", "low_rank"}
        The constraint on every recurrent matrix W. What is learned in place of W is V (H, H), or
        with "low_rank" two factors M (H, rank) and N (rank, H); `effective` returns W.
    dale_excitatory, antisymmetric_gamma, rank : optional
        Of "dale" the share of units that excite, of "antisymmetric" what is subtracted from the
        diagonal of V - V^T, of "low_rank" the rank of W, which it needs.

    Raises
    ------
    ValueError
        If a word is unknown, or a number is out of its range.

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
        cell: "str | PathLike[str] | Mapping[str, Any] | Cell" = "rnn",
        constants: Mapping[str, float] | None = None,
        biases: Mapping[str, float] | None = None,
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
        recurrent: str = "free",
        dale_excitatory: float = 0.8,
        antisymmetric_gamma: float = 0.01,
        rank: int = 0,
        dtype: str = "float32",
    ) -> None:
        arguments = {name: value for name, value in locals().items() if name != "self"}
        settings = self._settings = read_network(arguments)
        self.cell: str = settings["cell"].name
        self.activation: str = settings["activation"]
        self.output_activation: str = settings["output_activation"]
        self.output: str = settings["output"]
        self.dtype = np.dtype(settings["dtype"])
        self.initialization = Initialization(
            input=settings["init_input"],
            recurrent=settings["init_recurrent"],
            output=settings["init_output"],
            std=settings["init_std"],
            spectral_radius=settings["spectral_radius"],
            connections=settings["init_connections"],
            forget_bias=settings["forget_bias"],
        )
        self.sizes = Sizes(
            settings["input_size"],
            settings["hidden_size"],
            settings["output_size"],
            settings["cell"].with_activation(self.activation),
            settings["num_layers"],
            Recurrent.of(settings),
        )

    def words(self) -> dict[str, Any]:
        """Return the keyword arguments that make this network again."""
        settings = {name: value for name, value in self._settings.items() if name != "init"}
        cell: Cell = settings["cell"]
        if not cell.has_recurrent or settings["recurrent"] == "orthogonal":
            del settings["init_recurrent"]  # which is refused, as nothing is drawn by it
        return settings | cell_words(cell)

    def __repr__(self) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in self.words().items())
        return f"Model({words})"

    @property
    def n_params(self) -> int:
        """The number of learned values."""
        return count_params(self.sizes)

    @property
    def network(self) -> Network:
        """The functions that kernels call; compiled if they were not."""
        return self.network_for(batch_size=0)

    def network_for(self, batch_size: int, *, probes: bool = False) -> Network:
        """Return the functions that a training with this batch size calls.

        With `probes` the slopes of pre-activations are among them.
        """
        sizes, cell = self.sizes, self.sizes.record
        is_plain = runs_in_plain_loops(cell, sizes.layers, sizes.hidden, batch_size)
        return linking.network_of(
            source(cell),
            probes,
            cell.activation if is_plain else "",
            self.output_activation,
            self.output == "every",
            self.dtype.name,
        )

    def n_out(self, seq_len: int) -> int:
        """Return the number of time steps that have an output."""
        return seq_len if self.output == "every" else 1

    def init(self, seed: int = 0) -> Params:
        """Return the initial parameters: those that a trial with this seed starts from.

        Parameters
        ----------
        seed : int
            0 or above.

        Returns
        -------
        dict
            Arrays by name; ``W_xh`` (I, K H), ``W_hh`` (H, K H), ``b_h`` (K H,), ``W_hy`` (H, O)
            and ``b_y`` (O,) for one layer of a cell with K sums. With a constraint ``W_hh`` is V,
            or there are ``M_hh`` (H, K rank) and ``N_hh`` (rank, K H).
        """
        return split(self.init_flat(whole("seed", seed, 0)), self.sizes)

    def init_flat(self, seed: int) -> NDArray[np.floating]:
        """Return the initial parameters in one vector (P,), as `layout.join` makes it."""
        draws = draw(self.initialization, self.sizes, seed)
        return join(draws, self.sizes, self.dtype)

    def effective(self, params: Mapping[str, ArrayLike]) -> Params:
        """Return the params with the recurrent matrices W themselves, ``W_hh`` (H, K H) and so on.

        Raises
        ------
        ValueError
            As `forward` raises it.
        """
        return split(effective_of(self._flat(params), self.sizes), self.sizes.effective)

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
            Whole numbers are symbols, which the network reads as one-hot vectors.
        lengths : (B,) array of whole numbers from 1 to T, optional
            Time steps of each sequence, T if left out; what follows them has no effect.

        Returns
        -------
        (B, O) array, or (B, T, O) with ``output="every"``
            0 past a sequence's end.

        Raises
        ------
        ValueError
            If a name or a shape does not fit, or a number is infinite in the network's precision.
        """
        flat = effective_of(self._flat(params), self.sizes)
        inputs, counted = read_inputs(x, lengths, self.sizes.input, self.dtype)
        n_batch, seq_len = inputs.shape[:2]
        n_out = self.n_out(seq_len)
        outputs = np.zeros((n_batch, n_out, self.sizes.output), self.dtype)
        data = make_sequences(inputs, outputs, self.dtype, self.sizes, n_out, counted)
        capacity = block_capacity(1, 1, n_batch)
        work = make_work(self.sizes, seq_len, n_out, capacity, self.dtype)
        training.predict(
            weights_of(flat, self.sizes), self.network, data, np.arange(n_batch), work, outputs
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
        mask: ArrayLike | None = None,
        truncation: int = 0,
        huber_delta: float = 1.0,
    ) -> tuple[float, Params]:
        """Return the mean loss of a batch, and its gradients by name.

        Parameters
        ----------
        params, x, lengths
            As `forward` takes them.
        target : (B, O) array, or (B, T, O) with ``output="every"``
            For ``cross_entropy`` the numbers of the classes, (B,) or (B, T).
        loss : {"mse", "bce", "mae", "huber", "cross_entropy"}
            ``bce`` needs ``output_activation="sigmoid"``, and targets from 0 to 1;
            ``cross_entropy`` needs ``output_activation="identity"``: outputs are logits.
        gradient : {"bptt", "notebook", "truncated"}
            ``notebook`` is the notebook's rule, not the loss's gradient; it is for one layer of
            the cell ``rnn`` with ``output="last"``.
        mask : (B, T) array of 0 and 1, optional
            Where the targets count, with ``output="every"``; the mean is over these.
        truncation : int
            Time steps of a window, for the gradient ``truncated``: the state passes from one
            window to the next, the gradient does not pass back.
        huber_delta : float
            The error from which on the loss ``huber`` is linear.

        Returns
        -------
        loss : float
        gradients : dict
            Arrays by name, in the shapes of `params`.

        Raises
        ------
        ValueError
            If a name, a shape or a combination does not fit, or a number or the loss of a target
            is infinite in the network's precision.
        """
        settings = read_objective(
            self._settings,
            loss=loss,
            gradient=gradient,
            truncation=truncation,
            huber_delta=huber_delta,
        )
        learned = self._flat(params)
        flat = effective_of(learned, self.sizes)
        inputs, counted = read_inputs(x, lengths, self.sizes.input, self.dtype)
        n_batch, seq_len = inputs.shape[:2]
        every = self.output == "every"
        counts = within(counted, seq_len) if every else np.ones(n_batch, np.bool_)
        if mask is not None:
            mask = counts = read_mask(mask, self.output, counts)
        delta = settings["huber_delta"]
        targets = read_targets(target, loss, self.sizes.output, counts, delta, self.dtype)
        n_out = self.n_out(seq_len)
        data = make_sequences(inputs, targets, self.dtype, self.sizes, n_out, counted, mask)
        work = make_work(self.sizes, seq_len, n_out, n_batch, self.dtype)
        flat_gradients = np.zeros_like(flat)
        objective = linking.objective_of(
            loss,
            self.dtype,
            huber_delta=delta,
            gradient=gradient,
            window=settings["truncation"],
            activation=self.activation,
        )
        value, _ = training.loss_and_gradients(
            weights_of(flat, self.sizes),
            weights_of(flat_gradients, self.sizes),
            self.network,
            objective,
            data,
            np.arange(n_batch),
            np.zeros(0),
            np.zeros(0, np.int64),
            work,
            np.zeros((0, 0), np.bool_),
        )
        gradients = gradients_by_learned(learned, flat, flat_gradients, self.sizes)
        return float(value), split(gradients, self.sizes)

    def to_torch(self, params: Mapping[str, ArrayLike]) -> "torch.nn.Module":
        """Return a PyTorch module with the effective params, and the same outputs.

        Raises
        ------
        ImportError
            If PyTorch is not installed.
        ValueError
            If a name or a shape of the params does not fit.
        """
        from .torch_bridge import to_torch

        words = self.words() | FREE.settings()
        return to_torch(self.sizes.record, words, self.effective(params))

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
            What the module's ``forward`` does with the states and with the outputs, where it
            cannot be read from the module; "last" and "identity" if left out.

        Returns
        -------
        model : Model
        params : dict
            Arrays by name.

        Raises
        ------
        ImportError
            If PyTorch is not installed.
        ValueError
            If the module is no network of this kind.
        """
        from .torch_bridge import from_torch

        settings, params = from_torch(module, output=output, output_activation=output_activation)
        return cls(**settings), params

    def _flat(self, params: Mapping[str, ArrayLike]) -> NDArray[np.floating]:
        named = read_params(params, param_shapes(self.sizes), self.dtype)
        return join(named, self.sizes, self.dtype)
