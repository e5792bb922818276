"""The metrics that [metrics] of a sweep file adds to every epoch, measured on the present network.

Gradients and slopes are measured on the first sequences of the validation part, at most 32. The
gradient flow is that of the loss at each sequence's last time step only: where every time step has
a loss, the gradient of their sum mixes all lags. For
the layers above the first, the name of a column ends with the layer's number.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rnnsweep.cells import formula_slope
from rnnsweep.kernels import activations, linking, training
from rnnsweep.kernels.block import Sequences, Work
from rnnsweep.kernels.layers import Network, Objective
from rnnsweep.network.buffers import make_work, weights_of
from rnnsweep.network.effective import effective_of, gradients_by_learned
from rnnsweep.network.layout import param_shapes, split, stacks
from rnnsweep.network.model import Model

_PROBE_SIZE = 32


_NO_MASK = np.zeros((0, 0), np.bool_)
_PROBED = {"grad_norms", "saturation", "dead_units"}
_MEMORY_SHARE = 0.1


class Metrics:
    """Measures some metrics after each epoch.

    Parameters
    ----------
    names : sequence of str
        Keys of `record.METRICS`, in that order.
    model : Model
    objective : Objective
    val : Sequences
        The validation part.

    Attributes
    ----------
    columns : tuple of str
        Names of the values that `measure` returns.
    """

    def __init__(
        self, names: Sequence[str], model: Model, objective: Objective, val: Sequences
    ) -> None:
        self._names = tuple(names)
        self._model = model
        self._objective = objective
        self._val = val
        seq_len = val.tokens.shape[1]
        self._lags = [0, *(2**k for k in range(seq_len.bit_length()) if 2**k < seq_len)]
        self._by_metric = {name: self._columns_of(name) for name in self._names}
        self.columns = tuple(c for columns in self._by_metric.values() for c in columns)
        self._order = np.arange(min(_PROBE_SIZE, len(val.lengths)))
        is_probed = not _PROBED.isdisjoint(self._names)
        self._network = model.network_for(batch_size=0, probes=is_probed)
        self._slopes = _largest_slopes(model)

    def measure(self, params: NDArray[np.floating], share_clipped: float) -> NDArray[np.float64]:
        """Return the values of `columns` for the params (P,), which are what is learned.

        `share_clipped` is the share of the epoch's updates whose gradient was clipped.
        """
        values: dict[str, list[float]] = {"share_clipped": [share_clipped]}
        effective = effective_of(params, self._model.sizes)
        if not _PROBED.isdisjoint(self._names):
            values |= self._probed(params, effective)
        if "gradient_flow" in self._names:
            values["gradient_flow"] = self._gradient_flow(effective)
        recurrent = stacks(effective, self._model.sizes.effective).recurrent.astype(np.float64)
        if "spectral_radius" in self._names:
            values["spectral_radius"] = [_spectral_radius(layer) for layer in recurrent]
        if "singular_value" in self._names:
            values["singular_value"] = [_singular_value(layer) for layer in recurrent]
        return np.array([value for name in self._names for value in values[name]])

    def _columns_of(self, name: str) -> list[str]:
        if name == "grad_norms":
            return [f"grad_norm_{param}" for param in param_shapes(self._model.sizes)]
        if name == "gradient_flow":
            return [*(f"grad_flow_{lag}" for lag in self._lags), "effective_memory"]
        if name in ("spectral_radius", "singular_value", "dead_units"):
            layers = range(self._model.sizes.layers)
            return [f"{name}_{layer}" if layer else name for layer in layers]
        return [name]

    def _probed(
        self, params: NDArray[np.floating], effective: NDArray[np.floating]
    ) -> dict[str, list[float]]:
        sizes = self._model.sizes
        by_effective = np.zeros_like(effective)
        dead = np.zeros((sizes.layers, sizes.hidden), np.bool_)
        work = self._make_work(self._val)
        saturation = self._run(
            effective, by_effective, self._network, self._objective, self._val, work, dead
        )
        grads = gradients_by_learned(params, effective, by_effective, sizes)
        # A cell that does not use the model's activation has no dead units, and no living ones.
        _, is_act = self._slopes
        shares = dead.mean(axis=1) if is_act.any() else np.full(sizes.layers, np.nan)
        norms = [np.linalg.norm(g.astype(np.float64)) for g in split(grads, sizes).values()]
        return {
            "grad_norms": [float(norm) for norm in norms],
            "saturation": [saturation],
            "dead_units": [float(share) for share in shares],
        }

    def _gradient_flow(self, effective: NDArray[np.floating]) -> list[float]:
        val = self._val._replace(mask=_NO_MASK)
        lengths = _last_counting(self._val) if self._val.mask.size else val.lengths
        ends = lengths - 1 if self._model.output == "every" else 0
        y = val.y[np.arange(len(val.y)), ends][:, np.newaxis]
        val = val._replace(y=np.ascontiguousarray(y), lengths=lengths)
        network = self._network._replace(every=False)
        objective = self._objective._replace(add_flow=linking.flow_address(self._model.dtype))
        work = self._make_work(val, with_flow=True)
        no_units = np.zeros((0, 0), np.bool_)
        grads = np.zeros_like(effective)
        self._run(effective, grads, network, objective, val, work, no_units)
        flow = np.sqrt(work.flow)
        return [*(float(flow[lag]) for lag in self._lags), effective_memory(flow)]

    def _make_work(self, val: Sequences, with_flow: bool = False) -> Work:
        return make_work(
            self._model.sizes,
            val.tokens.shape[1],
            val.y.shape[1],
            self._order.size,
            self._model.dtype,
            with_flow=with_flow,
        )

    def _run(
        self,
        effective: NDArray[np.floating],
        grads: NDArray[np.floating],
        network: Network,
        objective: Objective,
        val: Sequences,
        work: Work,
        dead: NDArray[np.bool_],
    ) -> float:
        """Run the first sequences of `val` forward and back; return the share of saturated units.

        The gradients go to `grads`, and to `dead` (L, H), unless it is empty, which units
        have the slope 0 throughout.
        """
        sizes = self._model.sizes
        _, saturation = training.loss_and_gradients(
            weights_of(effective, sizes),
            weights_of(grads, sizes),
            network,
            objective,
            val,
            self._order,
            *self._slopes,
            work,
            dead,
        )
        return float(saturation)


def _largest_slope(activation: str) -> float:
    """Return the largest slope of a word or a formula, roughly."""
    is_word = activation in activations.ACTIVATIONS
    largest: float = (activations if is_word else formula_slope).largest_slope(activation)
    return largest


def _largest_slopes(model: Model) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return for each pre-activation the largest slope there, and whether it is the model's."""
    slopes = model.sizes.program.slopes
    return (
        np.array([_largest_slope(name) for name, _ in slopes], np.float64),
        np.array([is_act for _, is_act in slopes], np.int64),
    )


def _last_counting(part: Sequences) -> NDArray[np.int64]:
    """Return the time steps (N,) of each sequence up to the last one whose target counts."""
    lengths: NDArray[np.int64] = part.mask.shape[1] - part.mask[:, ::-1].argmax(axis=1)
    return lengths


def effective_memory(flow: NDArray[np.float64]) -> float:
    """Return the lag at which the norm of dL/dh falls below 10 % of that at the sequence's end.

    The result is T where it does not within the T time steps, and NaN where there is no gradient.
    """
    if not np.isfinite(flow).all() or flow[0] == 0:
        return float("nan")
    below = np.flatnonzero(flow < _MEMORY_SHARE * flow[0])
    return float(below[0] if below.size else flow.size)


def _spectral_radius(matrices: NDArray[np.float64]) -> float:
    """Return the largest modulus of an eigenvalue over a layer's recurrent matrices (M, H, H)."""
    if len(matrices) == 0 or not np.isfinite(matrices).all():
        return float("nan")
    return float(np.abs(np.linalg.eigvals(matrices)).max())


def _singular_value(matrices: NDArray[np.float64]) -> float:
    """Return the largest singular value over a layer's recurrent matrices (M, H, H)."""
    if len(matrices) == 0 or not np.isfinite(matrices).all():
        return float("nan")
    return float(np.linalg.norm(matrices, 2, axis=(1, 2)).max())
