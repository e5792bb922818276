"""The task that a user's function is."""

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr, create_model

from ..arrays_task import ArraysTask, Form, at_ends
from ..base import DataError, Task, Topic
from ..drawn_forecasts import drawn_series
from ..forecast_windows import SeriesToForecast
from ..generated import GeneratedTask
from ..parts import Part, Parts, Shape
from ..predictors import PredictorLosses
from ..reading.files import SourceError, Sources
from ..reading.numbers import Numbers
from ..reading.quoting import shortened
from .checking import Checked, check, check_fits
from .functions import OwnFile, OwnFunction
from .parameters import keys_of

_GENERATED = tuple(GeneratedTask.model_fields)


class OwnTask(ArraysTask, GeneratedTask):
    """Sequences that a function in a Python file of your own draws, as in "mytask.py:majority".

    The path is relative to the sweep file. Every parameter of the function is a key, apart from rng
    and n, with the type of its annotation or its default. The function returns x and y, as `npz`
    has them, or a dict with these names. [The page of the tasks](tasks.md#your-own-task) shows how.
    """

    # A subclass for each function has this, and the function's keys.

    topic: ClassVar[Topic] = "your data"
    outputs: ClassVar[tuple[str, ...]] = ("last", "every")
    own_function: ClassVar[OwnFunction]

    _checked: Checked = PrivateAttr()

    @property
    def _form(self) -> Form:
        return self._checked.form

    @property
    def word_for_id(self) -> str:
        """The function's name and its file's content, whatever the name of the file."""
        return f"{self.own_function.name} of {self.own_function.file.digest}"

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes that the check of the function has shown."""
        form = self._form
        return Shape(
            form.seq_len,
            form.n_symbols or form.n_inputs,
            form.n_classes or form.n_outputs,
            self.n_train,
            self.n_val,
            self.n_test,
        )

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest target of the sequences that were checked."""
        if self.n_classes:
            return 0.0, self.n_classes - 1.0
        y = self._checked.targets
        return float(y.min()), float(y.max())

    def numbers(self, output: str = "last") -> Iterator[Numbers]:
        """Yield the lowest and the highest number of each input and target that the check saw."""
        for name, ends in (("x", self._checked.inputs), ("y", self._checked.targets)):
            if ends.size:
                yield _numbers(name, ends)

    def predictor_losses(
        self, parts: Parts, loss: str, huber_delta: float = 1.0
    ) -> list[PredictorLosses]:
        """Return the baseline that the function returned, or those of other tasks."""
        val, test = parts.val.baseline, parts.test.baseline
        if val is None or test is None:
            return super().predictor_losses(parts, loss, huber_delta)
        return [PredictorLosses("baseline", val, test)]

    @property
    def has_forecasts(self) -> bool:
        """Whether the function returned a persistence, for one target that always counts."""
        form = self._form
        return self._checked.has_persistence and form.n_outputs == 1 and not form.has_mask

    def to_forecast(self, seed: int) -> SeriesToForecast:
        """Return the sequences of the later parts; the series has the function's name."""
        return drawn_series(self.chunks(seed), self.own_function.name)

    def _read(self, sources: Sources) -> None:
        keywords = self._keywords
        checked = partial(check, self.own_function, keywords, self.n_train, sources.seed)
        self._checked = sources.once((type(self), self.n_train, *keywords.items()), checked)

    @property
    def _source_keys(self) -> tuple[str, ...]:
        return (self.file_key, *(key for key in self._keywords if key in self.model_fields_set))

    @property
    def _keywords(self) -> dict[str, Any]:
        return self.model_dump(exclude={"name", *_GENERATED})

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        self.own_function.file.other.end()  # nothing is compared any more
        try:
            part = self.own_function.part(self._keywords, rng, n).part
            with self.own_function.placed():
                check_fits(part, self._form)
        except SourceError as error:
            raise DataError(str(error)) from None
        yield at_ends(part) if self._form.every and output == "last" else part


def _numbers(name: str, ends: NDArray[np.float64]) -> Numbers:
    """Return the ends (2, C) of an array as numbers; which sequences have them is not known."""

    def column(c: int) -> str:
        return f'"{name}"[..., {c}]'

    return Numbers(ends, ends, name == "y", column, lambda m, c: column(c), "scale the array")


def own_task(word: str, sources: Sources) -> type[OwnTask]:
    """Return the task that a function is, with its parameters as keys.

    Parameters
    ----------
    word : str
        The path of the file and the name of the function, as in "mytask.py:majority".
    sources : Sources
        Where the file is.

    Raises
    ------
    SourceError
        The file cannot be read or loaded, or the function can be no task.
    """
    path, colon, name = word.rpartition(".py:")
    path = f"{path}.py" if colon else word
    if not name or not colon:
        raise SourceError(f'it names no function; the form is "{path}:FUNCTION"')
    where = sources.place(path)
    file = sources.once(("own file", path), lambda: OwnFile(where, sources.limit_s))
    function = OwnFunction(file, name)
    with function.placed():
        keys = keys_of(function.parameters, name, _RESERVED)
    # pydantic puts the fields of the last base class first, so that the function's keys are first.
    fields: dict[str, Any] = {key.name: (key.type, key.field) for key in keys}
    with_keys = create_model(name, __base__=Task, **fields)
    # A variable, since mypy reads the call of `create_model` itself as a class statement.
    make: Any = create_model
    task: type[OwnTask] = make(name, __base__=(OwnTask, with_keys), name=(Literal[word], word))
    task.line = shortened(function.line) or "a function of your own"
    task.own_function = function
    return task


_RESERVED = frozenset((*dir(OwnTask), *OwnTask.model_fields))
