"""The user's series from a CSV file: forecast a column from a window of columns."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, PrivateAttr

from .base import MAX_SEQ_LEN, Fault, Task
from .csv_file import Table, read_table
from .files import SourceError, sources_of
from .numbers import Numbers
from .parts import Data, Part, Shape

# A list in TOML is a list in Python; a tuple keeps the task hashable.
Names = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(lambda given: tuple(given) if isinstance(given, list) else given),
    Field(min_length=1),
]


class Csv(Task):
    """Forecast the target column `horizon` rows ahead from the last `window` rows.

    The rows are split in time by the row of the target: training, then validation, then test.
    A validation window may look back into training rows, which are the past by then; with
    output "every" all of its targets lie in its own part. Scaling takes the mean and standard
    deviation of the training rows alone, so nothing leaks from what comes later; losses and
    baselines are in those units. The seed changes no data.
    """

    line: ClassVar[str] = "forecast a column of your own CSV file"
    outputs: ClassVar[tuple[str, ...]] = ("last", "every")
    seeded: ClassVar[bool] = False

    name: Literal["csv"] = "csv"
    path: str = Field(min_length=1, description="the CSV file, relative to the sweep file")
    target: str = Field(min_length=1, description="the column to forecast")
    inputs: Names = Field(
        default_factory=lambda keys: (keys["target"],),
        description="the columns that the network sees; default: the target alone",
    )
    window: int = Field(ge=1, le=MAX_SEQ_LEN, description="rows that the network sees")
    horizon: int = Field(
        default=1, ge=1, le=MAX_SEQ_LEN, description="rows from the last one seen to the target"
    )
    val_fraction: float = Field(
        default=0.2, gt=0, lt=1, description="share of the rows for validation"
    )
    test_fraction: float = Field(
        default=0.2, gt=0, lt=1, description="share of the rows, the last ones, for the test"
    )
    scaling: Literal["standard", "none"] = Field(
        default="standard",
        description="standard: mean 0 and standard deviation 1 over the training rows",
    )

    _table: Table = PrivateAttr()

    def identity(self) -> dict[str, Any]:
        """Return the keys, with the file's content in place of its path."""
        return super().identity() | {"path": self._table.digest}

    def encoding(self) -> dict[str, Any]:
        """Return the mean and standard deviation by which each column is scaled."""
        names = dict.fromkeys((self.target, *self.inputs))
        return {"scaling": {name: list(self._scale(name)) for name in names}}

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes; with output "every" the later parts are a window shorter."""
        n_train, n_val, n_test = (
            max(len(starts), 0) for starts in (self._starts(part, output) for part in range(3))
        )
        return Shape(self.window, len(self.inputs), 1, n_train, n_val, n_test)

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest value of the scaled target."""
        target = self._scaled(self.target)
        return float(target.min()), float(target.max())

    def data(self, seed: int, output: str = "last") -> Data:
        """Cut the series into windows; the seed plays no part."""
        inputs = np.stack([self._scaled(name) for name in self.inputs], axis=1)
        target = self._scaled(self.target)
        return Data(*(self._part(inputs, target, part, output) for part in range(3)))

    def numbers(self, output: str = "last") -> Iterator[Numbers]:
        """Yield the inputs and the target as they are scaled."""
        n_train = self._rows(0)[1]
        scaled = self.scaling != "none"
        way_out = "correct the file" if scaled else 'take scaling = "standard"'
        for names, are_targets in ((self.inputs, False), ((self.target,), True)):
            values = np.stack([self._scaled(name) for name in names], axis=1)
            columns = [f'column "{name}"{", scaled," if scaled else ""}' for name in names]

            def place(m: int, c: int, columns: list[str] = columns) -> str:
                return f"row {m + 1} of {columns[c]}"

            yield Numbers(
                values, values[:n_train], are_targets, columns.__getitem__, place, way_out
            )

    def _prepare(self, context: Any) -> list[Fault]:
        try:
            self._table = sources_of(context).read(self.path, read_table)
        except SourceError as error:
            return [Fault(("path",), str(error))]
        return []

    def faults(self) -> Iterator[Fault]:
        """Yield what the file and the keys hold against each other."""
        in_columns = [*self._column_faults("target", (self.target,))]
        if self.inputs != (self.target,):
            in_columns += self._column_faults("inputs", self.inputs)
        in_parts = [*self._part_faults()]
        yield from in_columns
        yield from in_parts
        if not in_columns and not in_parts:
            yield from self._scaling_faults()

    def _column_faults(self, key: str, names: tuple[str, ...]) -> Iterator[Fault]:
        if len(set(names)) < len(names):
            yield Fault((key,), "a column stands there twice")
        for name in dict.fromkeys(names):
            if name not in self._table.names:
                near = get_close_matches(name, self._table.names, n=1)
                columns = ", ".join(f'"{column}"' for column in self._table.names)
                hint = f'; did you mean "{near[0]}"?' if near else ""
                yield Fault(
                    ("path", key), f'the file has no column "{name}"; it has {columns}{hint}'
                )
            elif bad := self._table.bad.get(name):
                what = f'"{bad.text}" is no finite number' if bad.text else "a value is missing"
                yield Fault(
                    ("path", key),
                    f'line {bad.line}, column "{name}": {what}; every row needs a number',
                )

    def _part_faults(self) -> Iterator[Fault]:
        if self.val_fraction + self.test_fraction >= 1:
            yield Fault(
                ("val_fraction", "test_fraction"),
                "they leave no rows for training; their sum has to stay below 1",
            )
            return
        n = self._table.n_rows
        for key, part in (("val_fraction", 1), ("test_fraction", 2)):
            first, last = self._rows(part)
            if first == last:
                yield Fault(("path", key), f"this is less than one of the file's {n} rows")
        _, n_train = self._rows(0)
        needed = self.window + self.horizon
        if n_train < needed:
            yield Fault(
                ("path", "window", "horizon"),
                f"a training sequence takes {needed} rows (window + horizon), and {n_train} of the "
                f"file's {n} rows are for training; shorten the window",
            )

    def _scaling_faults(self) -> Iterator[Fault]:
        if self.scaling == "none":
            return
        _, n_train = self._rows(0)
        for name in dict.fromkeys((self.target, *self.inputs)):
            key = "target" if name == self.target else "inputs"
            rows = self._table.columns[name][:n_train]
            if rows.min() == rows.max():
                yield Fault(
                    (key, "scaling"),
                    f'column "{name}" is constant over the training rows and cannot be scaled; '
                    'leave it out, or set scaling = "none"',
                )
            elif not np.isfinite(self._scaled(name)).all():
                yield Fault(
                    (key, "scaling"), f'column "{name}" holds numbers too large to be scaled'
                )

    def _rows(self, part: int) -> tuple[int, int]:
        """Return the first row of a part and the row after its last."""
        n = self._table.n_rows
        n_val, n_test = round(n * self.val_fraction), round(n * self.test_fraction)
        bounds = (0, n - n_val - n_test, n - n_test, n)
        return bounds[part], bounds[part + 1]

    def _starts(self, part: int, output: str) -> range:
        """Return the first rows of the windows whose targets lie in a part."""
        first, stop = self._rows(part)
        from_start_to_target = self.window - 1 + self.horizon
        earliest = first - (self.horizon if output == "every" else from_start_to_target)
        return range(max(earliest, 0), stop - from_start_to_target)

    def _scale(self, name: str) -> tuple[float, float]:
        """Return what is subtracted from a column, and what it is divided by."""
        if self.scaling == "none":
            return 0.0, 1.0
        training = self._table.columns[name][: self._rows(0)[1]]
        with np.errstate(over="ignore", invalid="ignore"):
            return float(training.mean()), float(training.std())

    def _scaled(self, name: str) -> NDArray[np.float64]:
        mean, std = self._scale(name)
        with np.errstate(over="ignore", invalid="ignore"):
            scaled: NDArray[np.float64] = (self._table.columns[name] - mean) / std
        return scaled

    def _part(
        self, inputs: NDArray[np.float64], target: NDArray[np.float64], part: int, output: str
    ) -> Part:
        starts = self._starts(part, output)
        rows = slice(starts.start, starts.stop)
        # sliding_window_view puts the window's axis last: (n, I, window) -> (n, window, I).
        windows = sliding_window_view(inputs, self.window, axis=0)[rows].transpose(0, 2, 1)
        ahead = sliding_window_view(target[self.horizon :], self.window)[rows]
        now = sliding_window_view(target, self.window)[rows]
        kept = slice(None) if output == "every" else slice(self.window - 1, None)
        y, persistence = ahead[:, kept], now[:, kept]
        if output == "every":
            y, persistence = y[:, :, np.newaxis], persistence[:, :, np.newaxis]
        x, y, persistence = (np.array(a, order="C") for a in (windows, y, persistence))
        return Part(x, y, persistence)
