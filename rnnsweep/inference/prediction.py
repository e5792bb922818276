"""Predictions of a saved network for data of the user's, row by row as a table has them.

What the data are follows from the trial's task: a series in a CSV file, a text, or arrays in an
npz file for every other task.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.errors import SweepError
from rnnsweep.precision import limits, written
from rnnsweep.tasks.base import MAX_SEQ_LEN
from rnnsweep.tasks.parts import within
from rnnsweep.tasks.reading.files import SourceError, as_text, read_bytes, read_with
from rnnsweep.tasks.reading.npz_file import read_npz

from .predicted import Predictions, Row, as_cell
from .saved import SavedNetwork
from .series_prediction import forecasts

# An npz file may be one that the npz task reads; what is no input is left alone.
_ARRAYS = tuple(n + part for part in ("", "_val", "_test") for n in ("x", "lengths", "y"))
# Numbers that go through the network at once.
_BLOCK_SIZE = 2**22
# Characters of a text that are one sequence; a longer one would take memory without a limit.
_PIECE = MAX_SEQ_LEN


def predict(saved: SavedNetwork, data: str | Path) -> Predictions:
    """Return the predictions for a file of data.

    A task of series, `csv`, gives a forecast for each row with a full window of inputs before it,
    in the units of the file. `text` gives the likeliest next character after each; a text of more
    than 100,000 is cut into pieces of that many, and each of them starts from the state 0. Every
    other task takes an npz file with `x` and perhaps `lengths`, and gives the outputs of each
    sequence, at each of its time steps where the network has output "every"; a network trained
    with cross-entropy gives the likeliest class and its probability.

    Raises
    ------
    SweepError
        If the file cannot be read or does not fit the network. All of it is looked at before the
        first row comes.
    """
    path = Path(data)
    reader = {"csv": _series, "text": _text}.get(saved.settings["task"], _arrays)
    try:
        return reader(saved, path)
    except SourceError as error:
        raise SweepError(f"{path}: {error}") from None


def _series(saved: SavedNetwork, path: Path) -> Predictions:
    return forecasts(saved, path, lambda windows: _blocks(saved, windows))


def _text(saved: SavedNetwork, path: Path) -> Predictions:
    characters = saved.encoding["characters"]
    text = read_with(lambda path: as_text(read_bytes(path, "a text file")), path)
    if not text:
        raise SourceError("it has no characters; needed: at least 1")
    number = {character: i for i, character in enumerate(characters)}
    if unknown := next((c for c in text if c not in number), None):
        line = text[: text.index(unknown)].count("\n") + 1
        raise SourceError(
            f"line {line}: {unknown!r} is none of the {len(characters)} characters of the text "
            "that the network was trained on"
        )

    def rows() -> Iterator[Row]:
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            symbols = np.array([[number[c] for c in piece]])
            classes, probabilities = _likeliest(saved.model.forward(saved.params, symbols)[0])
            for i, character in enumerate(piece):
                following = as_cell(characters[classes[i]])
                yield [start + i, as_cell(character), following, float(probabilities[i])]

    return Predictions(["time_step", "character", "next", "probability"], rows())


def _arrays(saved: SavedNetwork, path: Path) -> Predictions:
    arrays = read_with(lambda path: read_npz(read_bytes(path, "an npz file"), _ARRAYS), path)
    if "x" not in arrays:
        raise SourceError(f'it has no array "x"; it has {", ".join(arrays) or "none"}')
    x, lengths = arrays["x"], arrays.get("lengths")
    _check_shape(x, saved.model.sizes.input)
    if lengths is not None:
        _check_lengths(lengths, *x.shape[:2])
        x = x.copy()
        x[~within(lengths, x.shape[1])] = 0  # whatever stands past a sequence's end
    _check_values(x, saved.model.sizes.input, saved.model.dtype.name)
    every = saved.model.output == "every"
    has_classes = saved.settings["loss"] == "cross_entropy"
    named = [f"y_{i}" for i in range(saved.model.sizes.output)]
    told = ["class", "probability"] if has_classes else named

    def rows() -> Iterator[Row]:
        for start, outputs in _blocks(saved, x, lengths):
            for i, output in enumerate(outputs, start=start):
                steps = np.atleast_2d(output)
                if every and lengths is not None:
                    steps = steps[: lengths[i]]
                values = zip(*_likeliest(steps), strict=True) if has_classes else steps
                for t, value in enumerate(values):
                    cells = [number.item() for number in value]
                    yield [i, t, *cells] if every else [i, *cells]

    return Predictions(["sequence", *(["time_step"] if every else []), *told], rows())


def _check_shape(x: NDArray[Any], n_inputs: int) -> None:
    is_symbols = x.ndim == 2 and x.dtype.kind in "iu"
    if x.size == 0 or not (is_symbols or (x.ndim == 3 and x.shape[2] == n_inputs)):
        raise SourceError(
            f'"x" has the shape {x.shape} of {x.dtype}; this network takes (N, T, {n_inputs}), or '
            f"whole numbers (N, T) below {n_inputs}; N and T at least 1"
        )


def _check_values(x: NDArray[Any], n_inputs: int, dtype: str) -> None:
    if x.ndim == 2:
        bad, allowed = (x < 0) | (x >= n_inputs), f"a whole number from 0 to {n_inputs - 1}"
    elif not np.isfinite(x).all():
        bad, allowed = ~np.isfinite(x), "a finite number"
    else:
        largest = limits(dtype).largest
        bad = abs(x) > largest
        allowed = f"at most {written(largest, dtype)} in size, in {dtype}, the network's precision"
    if bad.any():
        place = ", ".join(str(i) for i in np.argwhere(bad)[0])
        raise SourceError(f'"x"[{place}] is {x[bad][0]}; allowed: {allowed}')


def _check_lengths(lengths: NDArray[Any], n: int, seq_len: int) -> None:
    if lengths.shape != (n,) or lengths.dtype.kind not in "iu":
        raise SourceError(
            f'"lengths" has the shape {lengths.shape} of {lengths.dtype}; needed: a whole number '
            f'for each of the {n} sequences of "x"'
        )
    bad = (lengths < 1) | (lengths > seq_len)
    if bad.any():
        i = int(bad.argmax())
        raise SourceError(
            f'"lengths"[{i}] is {lengths[i]}; allowed: 1 to {seq_len}, the time steps of "x"'
        )


def _blocks(
    saved: SavedNetwork, x: NDArray[Any], lengths: NDArray[Any] | None = None
) -> Iterator[tuple[int, NDArray[np.floating]]]:
    """Yield the outputs for some sequences after the others, each with the number of the first."""
    sizes = saved.model.sizes
    size = max(1, _BLOCK_SIZE // (x.shape[1] * (sizes.input + sizes.output)))
    for start in range(0, len(x), size):
        block = slice(start, start + size)
        # Only where there are any: sequences of one length are the quicker case.
        more = {} if lengths is None else {"lengths": lengths[block]}
        yield start, saved.model.forward(saved.params, x[block], **more)


def _likeliest(logits: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the class with the highest probability in each row (n, O), and that probability."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return shifted.argmax(axis=1), 1 / np.exp(shifted).sum(axis=1)
