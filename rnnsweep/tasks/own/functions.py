"""A user's file and its functions: what they return, checked as the parts of a task."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.suggestions import allowed

from ..part_arrays import ARRAYS, MAX_SYMBOLS, read_part, with_persistence
from ..parts import Part
from ..reading.files import SourceError, read_bytes
from ..reading.quoting import quoted, shortened
from .process import FileProcess, FunctionError, Reply, TimeUpError

_COUNTS = ("n_classes", "n_symbols")
_PERSISTENCE = "persistence"
_NAMES = (*ARRAYS, _PERSISTENCE, "baseline", *_COUNTS)
_LONGEST = 300
_MOST_BYTES = 10_000_000


class OwnPart(NamedTuple):
    """What one call of a function returned, checked by itself.

    Attributes
    ----------
    part : Part
    n_symbols, n_classes : int
        As the function gives them; 0 where it does not.
    """

    part: Part
    n_symbols: int
    n_classes: int


class OwnFile:
    """A user's file.

    Attributes
    ----------
    name : str
        Without its folder.
    digest : str
        sha256 of the file's bytes.
    process, other : FileProcess
        Where the file runs, and another one to compare with.
    """

    def __init__(self, path: Path, limit_s: float) -> None:
        content = read_bytes(path, "a Python file", _MOST_BYTES)
        self.name = path.name
        self.digest = hashlib.sha256(content).hexdigest()
        self.process, self.other = (FileProcess(path, content, limit_s) for _ in range(2))


class OwnFunction:
    """A function of a user's file.

    Parameters
    ----------
    file : OwnFile
    name : str

    Attributes
    ----------
    parameters : list of dict
        As `worker` describes them.
    line : str
        The first line of its docstring; "" if it has none.
    is_stuck : bool
        Whether a call did not return.

    Raises
    ------
    SourceError
        The file cannot be loaded, or has no such function.
    """

    def __init__(self, file: OwnFile, name: str) -> None:
        self.file = file
        self.name = name
        self.is_stuck = False
        try:
            described = file.process.ask("describe", function=name).values
        except FunctionError as error:
            near = f"; {allowed(name, error.names)}" if error.names else ""
            raise SourceError(f"{shortened(str(error), _LONGEST)}{near}") from None
        self.parameters: list[dict[str, Any]] = described["parameters"]
        self.line = described["text"].partition("\n")[0]
        line = described["line"]
        self._place = f"{file.name}, {f'line {line}, ' if line else ''}{name}: "

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Let the faults that are raised inside name the function and where it is."""
        try:
            yield
        except SourceError as error:
            raise SourceError(f"{self._place}{error}") from None

    def part(
        self,
        keywords: Mapping[str, Any],
        rng: np.random.Generator,
        n: int,
        process: FileProcess | None = None,
    ) -> OwnPart:
        """Return n sequences that the function draws.

        Parameters
        ----------
        keywords : dict
            The values of its keys.
        rng : Generator
            That of `random_streams`; the function gets another one in the same state.
        n : int
        process : FileProcess, optional
            Where it is called, if not where the file's other calls are.

        Raises
        ------
        SourceError
            It raises an exception, does not return in time, or returns something else.
        """
        try:
            reply = (process or self.file.process).ask(
                "call",
                function=self.name,
                keywords=dict(keywords),
                entropy=_entropy(rng),
                state=rng.bit_generator.state,
                n=n,
            )
        except FunctionError as error:
            place = "" if error.has_place else self._place
            self.is_stuck |= isinstance(error, TimeUpError)
            raise SourceError(f"{place}{shortened(str(error), _LONGEST)}") from None
        with self.placed():
            return _read(reply, n)


def _entropy(rng: np.random.Generator) -> list[int]:
    """Return what a generator was seeded with, which decides those that it spawns."""
    seed: Any = rng.bit_generator.seed_seq
    return [int(word) for word in seed.entropy]


def _read(reply: Reply, n: int) -> OwnPart:
    """Return a reply as a part, if everything in it is right."""
    if changed := reply.values["changed"]:
        raise SourceError(f"it draws from {changed}, or seeds it; draw from rng alone")
    numbers = reply.values["numbers"]
    for name in (*reply.arrays, *numbers):
        if name not in _NAMES:
            raise SourceError(f"it returns {quoted(name)}; {allowed(name, _NAMES)}")
    arrays = {name: _cast(name, reply) for name in reply.arrays}
    for name in ("x", "y"):
        if name not in arrays:
            raise SourceError(f'it returns no "{name}"; needed: x, y, or a dict with both')
    persistence = arrays.pop(_PERSISTENCE, None)
    part = read_part(arrays)
    if persistence is not None:
        part = with_persistence(part, persistence)
    if len(part.x) != n:
        raise SourceError(f'"x" has {len(part.x)} sequences; needed: n, which is {n} here')
    n_classes, n_symbols = (_count(name, numbers) for name in _COUNTS)
    for name, values, count in (("y", part.y, n_classes), ("x", part.x, n_symbols)):
        what, is_whole = _COUNTS["xy".index(name) ^ 1], values.dtype.kind == "i"
        if count and not is_whole:
            raise SourceError(f'it returns "{what}", and "{name}" holds no whole numbers')
        if count and values.max() >= count:
            raise SourceError(
                f'"{name}" holds {values.max()}; allowed: 0 to {what} - 1 = {count - 1}'
            )
    return OwnPart(part._replace(baseline=_baseline(numbers)), n_symbols, n_classes)


def _cast(name: str, reply: Reply) -> NDArray[Any]:
    """Return an array of numbers; booleans in x and y count as whole numbers."""
    array = reply.arrays[name]
    if name in ("baseline", *_COUNTS):
        raise SourceError(f'"{name}" is an array; needed: a number')
    if array is None:
        is_text = reply.types[name].startswith(("<U", "|S", "StringDType"))
        what = "text" if is_text else reply.types[name]
        raise SourceError(
            f'"{name}" holds {what}; allowed: whole numbers, floats and booleans, all sequences '
            "padded to one length"
        )
    return array.astype(np.int64) if array.dtype.kind == "b" and name != "mask" else array


def _count(name: str, numbers: Mapping[str, float]) -> int:
    value = numbers.get(name, 0)
    if name in numbers and (not isinstance(value, int) or not 2 <= value <= MAX_SYMBOLS):
        raise SourceError(f'"{name}" is {value}; allowed: a whole number from 2 to {MAX_SYMBOLS}')
    return int(value)


def _baseline(numbers: Mapping[str, float]) -> float | None:
    value = numbers.get("baseline")
    if value is not None and not 0 <= value < float("inf"):
        raise SourceError(f'"baseline" is {value}; allowed: a loss, a number of at least 0')
    return None if value is None else float(value)
