"""Predictions of a saved network for new data of the user, as the rows of a table.

The trial's task decides what the data are: a series in a CSV file for `csv`, a text for `text`,
and arrays in an npz file for every other task.
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

# The npz file may be one that the task `npz` reads; its other arrays are ignored.
_ARRAYS = tuple(n + part for part in ("", "_val", "_test") for n in ("x", "lengths", "y"))
# A batch of sequences has about so many inputs and outputs, so that memory has a limit.
_BATCH_NUMBERS = 2**22
# A text is cut into sequences of so many characters, so that memory has a limit.
_PIECE = MAX_SEQ_LEN


def predict(saved: SavedNetwork, data: str | Path) -> Predictions:
    """Return the predictions for a file of data.

    - The task `csv` gives a forecast, in the units of the file, for each row with a full window of
      inputs before it.
    - The task `text` gives the likeliest next character after each character. A text of more than
      100,000 characters is cut into pieces of that many, each of which starts from the state 0.
    - Every other task takes an npz file with `x` and perhaps `lengths`, and gives the outputs of
      each sequence, at each of its time steps if the network has output "every". A network
      trained with cross-entropy gives the likeliest class and its probability.

    Raises
    ------
    SweepError
        If the file cannot be read or does not fit the network. The whole file is checked before
        the first row is returned.
    """
    path = Path(data)
    reader = {"csv": _series, "text": _text}.get(saved.settings["task"], _arrays)
    try:
        return reader(saved, path)
    except SourceError as error:
        raise SweepError(f"{path}: {error}") from None


def _series(saved: SavedNetwork, path: Path) -> Predictions:
    return forecasts(saved, path, lambda windows: outputs_of(saved, windows))


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
        x[~within(lengths, x.shape[1])] = 0  # what follows a sequence's end counts for nothing
    _check_values(x, saved.model.sizes.input, saved.model.dtype.name)
    every = saved.model.output == "every"
    has_classes = saved.settings["loss"] == "cross_entropy"
    outputs_heading = [f"y_{i}" for i in range(saved.model.sizes.output)]
    if has_classes:
        outputs_heading = ["class", "probability"]

    def rows() -> Iterator[Row]:
        for start, outputs in outputs_of(saved, x, lengths):
            for i, output in enumerate(outputs, start=start):
                steps = np.atleast_2d(output)
                if every and lengths is not None:
                    steps = steps[: lengths[i]]
                values = zip(*_likeliest(steps), strict=True) if has_classes else steps
                for t, value in enumerate(values):
                    cells = [number.item() for number in value]
                    yield [i, t, *cells] if every else [i, *cells]

    return Predictions(["sequence", *(["time_step"] if every else []), *outputs_heading], rows())


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


def outputs_of(
    saved: SavedNetwork, x: NDArray[Any], lengths: NDArray[Any] | None = None
) -> Iterator[tuple[int, NDArray[np.floating]]]:
    """Yield the outputs for `x` batch by batch, each with the number of its first sequence."""
    sizes = saved.model.sizes
    batch_size = max(1, _BATCH_NUMBERS // (x.shape[1] * (sizes.input + sizes.output)))
    for start in range(0, len(x), batch_size):
        batch = slice(start, start + batch_size)
        batch_lengths = None if lengths is None else lengths[batch]
        yield start, saved.model.forward(saved.params, x[batch], batch_lengths)


def _likeliest(logits: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the class with the highest probability in each row of `logits` (n, O), and that."""
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return shifted.argmax(axis=1), 1 / np.exp(shifted).sum(axis=1)
