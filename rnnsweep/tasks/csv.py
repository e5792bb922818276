"""The user's series from a CSV file: forecast a column from a window of columns."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, PrivateAttr

from rnnsweep.array_types import Flags, Floats
from rnnsweep.vocabulary import MEAN, PERSISTENCE, SEASONAL_NAIVE

from .base import MAX_SEQ_LEN, Fault, Task, TaskError, Topic
from .forecast_windows import ForecastWindows, SeriesToForecast, persistence, seasonal_naive
from .parts import Part, Parts, Shape
from .reading.csv_delimiters import Delimiter
from .reading.csv_file import Table, TableReader
from .reading.csv_numbers import Decimal, Thousands
from .reading.files import Sources
from .reading.numbers import Numbers
from .reading.quoting import quoted
from .scaling import UNSCALED, Scale, no_spread
from .windows import Usable, at_the_start, filled, windows_of

_PARTS = ("training", "validation", "test")

# A list in TOML is a list in Python; a tuple keeps the task hashable.
Names = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(lambda names: tuple(names) if isinstance(names, list) else names),
    Field(min_length=1),
]


class Csv(Task):
    """Forecast the target column `horizon` rows ahead from the last `window` rows.

    The rows are in time order: training, then validation, then test. A window belongs to the part
    of the row of its target. A validation window may begin in training rows, which are the past
    by then; with output "every" all of its targets are in its own part. Scaling uses the mean and
    the standard deviation of the training rows alone, so that nothing leaks from later rows;
    losses and baselines are in those units. The seed changes no data.

    `missing` says whether values may be missing. A window is left out if one of its targets is
    missing. With "drop" it is also left out if one of its inputs is; with "previous" an input
    that is missing takes the last value before it, and only windows that begin before the first
    value are left out. Persistence predicts the last target that is present. Means and standard
    deviations are those of the values that are present.

    After a run the best network's forecasts are compared with naive ones, in the file's units: the
    mean of the training targets, persistence and, with `season`, the last known value of the same
    season.
    """

    line: ClassVar[str] = "forecast a column of your own CSV file"
    topic: ClassVar[Topic] = "your data"
    outputs: ClassVar[tuple[str, ...]] = ("last", "every")
    seeded: ClassVar[bool] = False
    file_key: ClassVar[str] = "path"
    forecasts: ClassVar[bool] = True
    descriptive_keys: ClassVar[tuple[str, ...]] = ("season", "time")

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
    missing: Literal["refuse", "previous", "drop"] = Field(
        default="refuse",
        description="missing values: refuse the file; previous: an input takes the value of the "
        "row before, a window without its target is left out; drop: leave out every window with a "
        "missing value",
    )
    season: int = Field(
        default=0,
        ge=0,
        le=MAX_SEQ_LEN,
        description="rows of a season, such as 12 months, for the seasonal naive forecast that the "
        "network's is compared with; 0 for none; changes no trial",
    )
    time: str = Field(
        default="",
        description="the column that names the rows in forecasts, such as dates; without one they "
        "are counted; changes no trial",
    )
    delimiter: Delimiter = Field(
        default="auto", description="the sign between the cells of a line; auto finds it"
    )
    decimal: Decimal = Field(default=".", description="the decimal sign")
    thousands: Thousands = Field(
        default="none", description="the sign between groups of three digits"
    )

    _table: Table = PrivateAttr()

    def identity(self) -> dict[str, Any]:
        """Return the keys, with the file's content in place of its path."""
        return super().identity() | {"path": self._table.digest}

    def encoding(self) -> dict[str, Any]:
        """Return how the file is read, and each column's mean and standard deviation."""
        return {
            "scaling": {name: list(self._scale(name)) for name in self._used},
            "reading": {
                "delimiter": self.delimiter,
                "decimal": self.decimal,
                "thousands": self.thousands,
            },
            "missing": self.missing,
        }

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes; with output "every" the later parts have fewer windows."""
        n_train, n_val, n_test = (len(self._starts(part, output)) for part in range(3))
        return Shape(self.window, len(self.inputs), 1, n_train, n_val, n_test)

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest value of the scaled target."""
        target = self._scaled(self.target)
        return float(np.nanmin(target)), float(np.nanmax(target))

    def data(self, seed: int, output: str = "last") -> Parts:
        """Cut the series into windows; the seed has no effect."""
        inputs = self._inputs()
        target = self._scaled(self.target)
        return Parts(*(self._part(inputs, target, part, output) for part in range(3)))

    def to_forecast(self, seed: int) -> SeriesToForecast:
        """Return the windows of the later parts, with the last target of each."""
        windows = map(self._forecast_windows, (1, 2))
        return SeriesToForecast(self.target, self.horizon, self.season, False, windows)

    def _forecast_windows(self, part: int) -> ForecastWindows:
        rows = self._target_rows(part)
        return ForecastWindows(
            _PARTS[part],
            windows_of(self._inputs(), self.window)[self._places(part, "last")],
            self._scale(self.target),
            rows,
            [self._table.labels[row] for row in rows] if self.time else None,
            self._table.columns[self.target][rows],
            self._naive_forecasts(rows),
        )

    def _naive_forecasts(self, rows: NDArray[np.intp]) -> dict[str, Floats]:
        """Return what each naive rule predicts for these rows, in the file's units."""
        target = self._table.columns[self.target]
        mean = Scale.of(target[self._target_rows(0)]).mean
        naive = {
            MEAN: np.full(len(rows), mean),
            PERSISTENCE: persistence(target, rows, self.horizon),
        }
        if self.season:
            naive[SEASONAL_NAIVE] = seasonal_naive(target, rows, self.horizon, self.season)
        return naive

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

    def notes(self, loss: str, output: str) -> Iterator[str]:
        """Yield how many windows are left out because of missing values."""
        if self._usable is None:
            return
        usable = self._usable.windows(output)
        gaps = self._table.gaps
        lacking = ", ".join(
            f"{quoted(name)} lacks {gaps[name].number}" for name in self._used if name in gaps
        )
        left_out = int(np.count_nonzero(~usable))
        yield (
            f"of {self._table.n_rows} rows, column {lacking}; {left_out} of {len(usable)} windows "
            "are left out"
        )

    def _read(self, sources: Sources) -> None:
        if self.decimal == self.thousands:
            fault = Fault(("decimal", "thousands"), "both are the same sign; change one of them")
            raise TaskError([fault])
        reader = TableReader(self.delimiter, self.decimal, self.thousands, self.time)
        self._table = sources.read(self.path, reader)

    def faults(self) -> Iterator[Fault]:
        """Yield where the keys do not fit each other or the file."""
        in_columns = [*self._column_faults("target", (self.target,))]
        in_columns += self._column_faults("inputs", self.inputs)
        if self.time and (text := self._table.fault_of_name(self.time)):
            in_columns.append(Fault(("path", "time"), text))
        in_parts = [*self._part_faults()]
        yield from in_columns
        yield from in_parts
        if not in_columns and not in_parts:
            in_windows = [*self._gap_faults()]
            yield from in_windows or [*self._scaling_faults(), *self._season_faults()]

    def _column_faults(self, key: str, names: tuple[str, ...]) -> Iterator[Fault]:
        if len(set(names)) < len(names):
            yield Fault((key,), "a column is named twice")
        for name in dict.fromkeys(names):
            if key == "inputs" and name == self.target:
                continue  # its fault is that of the target
            if text := self._table.fault(name):
                if name in self._table.gaps:
                    if self.missing != "refuse":
                        continue
                    text += '; give every row a number, or set missing = "previous" or "drop"'
                yield Fault(("path", key), text)

    def _part_faults(self) -> Iterator[Fault]:
        if self.val_fraction + self.test_fraction >= 1:
            yield Fault(
                ("val_fraction", "test_fraction"),
                "they leave no rows for training; their sum has to be below 1",
            )
            return
        n = self._table.n_rows
        for key, part in (("val_fraction", 1), ("test_fraction", 2)):
            first, last = self._rows(part)
            if first == last:
                yield Fault(("path", key), f"this share is less than one of the file's {n} rows")
        _, n_train = self._rows(0)
        needed = self.window + self.horizon
        if n_train < needed:
            yield Fault(
                ("path", "window", "horizon"),
                f"a training sequence takes {needed} rows (window + horizon), and {n_train} of the "
                f"file's {n} rows are for training; shorten the window",
            )

    def _gap_faults(self) -> Iterator[Fault]:
        """Yield a fault for each part in which every window has a missing value."""
        others = [(), ("val_fraction",), ("test_fraction",)]
        for part, keys in enumerate(others):
            if self._usable is not None and not len(self._starts(part, "last")):
                if np.isnan(self._table.columns[self.target][slice(*self._rows(part))]).all():
                    way_out = "the target has no value there, and a target is never filled"
                elif self.missing == "previous":
                    way_out = "shorten the window"
                else:
                    way_out = 'shorten the window, or set missing = "previous"'
                yield Fault(
                    ("path", "missing", "window", *keys),
                    f"every window of the {_PARTS[part]} part has a missing value; {way_out}",
                )

    def _season_faults(self) -> Iterator[Fault]:
        """Yield a fault for the first row that no earlier season has a value for."""
        if not self.season:
            return
        rows = np.concatenate([self._target_rows(part) for part in (1, 2)])
        unknown = np.isnan(self._naive_forecasts(rows)[SEASONAL_NAIVE])
        if unknown.any():
            yield Fault(
                ("path", "season", "horizon"),
                f"row {rows[unknown][0] + 1}, the first that cannot be forecast, has no value in "
                "an earlier season; take a shorter season, or season = 0",
            )

    def _scaling_faults(self) -> Iterator[Fault]:
        if self.scaling == "none":
            return
        _, n_train = self._rows(0)
        for name in self._used:
            key = "target" if name == self.target else "inputs"
            if text := no_spread(self._table.columns[name][:n_train]):
                yield Fault(
                    (key, "scaling"),
                    f"column {quoted(name)} {text} over the training rows and cannot be scaled; "
                    'leave it out, or set scaling = "none"',
                )
            elif np.isinf(self._scaled(name)).any():
                yield Fault(
                    (key, "scaling"),
                    f"column {quoted(name)} holds numbers too large to be scaled",
                )
            elif part := self._alike_once_scaled(name):
                largest = np.nanmax(np.abs(self._table.columns[name][:n_train]))
                yield Fault(
                    ("path", key, "scaling"),
                    f"column {quoted(name)} has {largest:g} in a training row, so large that "
                    f"scaling turns the different values of the {part} part into one number; "
                    "correct it, or leave it empty and set missing",
                )

    def _alike_once_scaled(self, name: str) -> str | None:
        """Return the part whose different values become one number by scaling, or None."""
        values, scale = self._table.columns[name], self._scale(name)
        for part in (1, 2):
            known = values[slice(*self._rows(part))]
            known = known[~np.isnan(known)]
            if known.size and no_spread(known) is None and np.ptp(scale.apply(known)) == 0:
                return _PARTS[part]
        return None

    def _rows(self, part: int) -> tuple[int, int]:
        """Return the first row of a part and the row after its last."""
        n = self._table.n_rows
        n_val, n_test = round(n * self.val_fraction), round(n * self.test_fraction)
        bounds = (0, n - n_val - n_test, n - n_test, n)
        return bounds[part], bounds[part + 1]

    def _starts(self, part: int, output: str) -> range | NDArray[np.intp]:
        """Return the first rows of the windows whose targets are in a part."""
        first, stop = self._rows(part)
        from_start_to_target = self.window - 1 + self.horizon
        earliest = max(first - (self.horizon if output == "every" else from_start_to_target), 0)
        latest = max(stop - from_start_to_target, earliest)
        if self._usable is None:
            return range(earliest, latest)
        return earliest + np.flatnonzero(self._usable.windows(output)[earliest:latest])

    def _places(self, part: int, output: str) -> slice | NDArray[np.intp]:
        """Return what takes the windows of a part out of all; a slice makes no copy."""
        starts = self._starts(part, output)
        return slice(starts.start, starts.stop) if isinstance(starts, range) else starts

    def _target_rows(self, part: int) -> NDArray[np.intp]:
        """Return the row of the last target of each window of a part."""
        return np.asarray(self._starts(part, "last"), np.intp) + self.window - 1 + self.horizon

    @cached_property
    def _usable(self) -> Usable | None:
        """The windows without a missing value; None if no value is missing."""
        gaps = {name: np.isnan(self._table.columns[name]) for name in self._used}
        if not any(flags.any() for flags in gaps.values()):
            return None
        in_inputs = [gaps[name] for name in self.inputs]
        if self.missing == "previous":
            in_inputs = [at_the_start(flags) for flags in in_inputs]
        at_inputs: Flags = np.logical_or.reduce(in_inputs)
        return Usable.of(at_inputs, gaps[self.target], self.window, self.horizon)

    @property
    def _used(self) -> tuple[str, ...]:
        """The target and the inputs, each column once."""
        return tuple(dict.fromkeys((self.target, *self.inputs)))

    def _scale(self, name: str) -> Scale:
        """Return the scale of a column, which is that of its training rows."""
        if self.scaling == "none":
            return UNSCALED
        return Scale.of(self._table.columns[name][: self._rows(0)[1]])

    def _inputs(self) -> Floats:
        """Return the scaled inputs (n, I), their gaps filled where `missing` says so."""
        inputs = np.stack([self._scaled(name) for name in self.inputs], axis=1)
        return filled(inputs) if self.missing == "previous" else inputs

    def _scaled(self, name: str) -> NDArray[np.float64]:
        return self._scale(name).apply(self._table.columns[name])

    def _part(
        self, inputs: NDArray[np.float64], target: NDArray[np.float64], part: int, output: str
    ) -> Part:
        rows = self._places(part, output)
        steps = slice(None) if output == "every" else -1
        x = windows_of(inputs, self.window)[rows]
        column = target[:, np.newaxis]
        y = windows_of(column[self.horizon :], self.window)[:, steps][rows]
        persistence = windows_of(filled(column), self.window)[:, steps][rows]
        x, y, persistence = (np.array(a, order="C") for a in (x, y, persistence))
        return Part(x, y, persistence)
