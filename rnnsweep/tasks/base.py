"""The contract of a task: everything that someone who writes one has to know.

A task is a class in a new file of this folder, where it is found without being named elsewhere.
This, for instance, is a complete file ``majority.py`` (but for the quotes of its docstrings, which
``ruff format`` makes double ones)::

    '''Whether a sequence of bits has more ones than zeros.'''

    from collections.abc import Iterator
    from typing import ClassVar, Literal

    import numpy as np

    from .base import Topic
    from .generated import SequenceTask
    from .parts import Part, Shape


    class Majority(SequenceTask):
        '''Bits with equal chances, 0.0 or 1.0; the target is 1.0 where most of them are ones.'''

        line: ClassVar[str] = "whether a sequence of bits has more ones than zeros"
        topic: ClassVar[Topic] = "memory"
        loss: ClassVar[str] = "bce"
        output_activation: ClassVar[str] = "sigmoid"

        name: Literal["majority"] = "majority"

        def shape(self, output: str = "last") -> Shape:
            '''Return the sizes: one bit in, one out.'''
            return Shape(self.seq_len, 1, 1, self.n_train, self.n_val, self.n_test)

        def target_range(self) -> tuple[float, float]:
            '''Return (0, 1).'''
            return 0.0, 1.0

        def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
            bits = rng.integers(2, size=(n, self.seq_len, 1))
            more_ones = 2 * bits.sum(axis=1) > self.seq_len
            yield Part(bits.astype(np.float64), more_ones.astype(np.float64))

Keys
    The pydantic fields of the class are the keys of `[task]` in a sweep file, with their types,
    bounds, defaults and descriptions. `faults` yields the rules between keys that are broken.
    The class docstring and the descriptions become the task's section in docs/reference.md.
Base class
    `SequenceTask` for sequences that are drawn at random, all of `seq_len` time steps;
    `GeneratedTask` for drawn sequences of other lengths; `SeriesTask` for forecasts of a drawn
    series, and `ForecastTask` where the targets are a series that the inputs are not; `Task` itself
    for everything else.
Arrays
    A task makes three `Part`s, for training, validation and test; `Part` gives the shapes and
    dtypes of their arrays. Inputs are numbers, or symbols (`has_symbols`), which a network takes
    as one-hot vectors. Targets are numbers, or classes (`n_classes`). The targets are one a
    sequence (output "last") or one a time step (output "every"); `outputs` says which of the two
    a task has. `shape` and `target_range` announce what the arrays will be without making them.
Lengths
    Where sequences differ in length, `Part.lengths` has the time steps of each, T is the longest,
    and x and y are 0 past a sequence's end. Nothing past an end counts in a loss or a score.
Mask
    Where the targets of some time steps alone count, `Part.mask` says of which; for output "every".
Random streams
    A generated task draws only from the generator that `_draw` gets. Each part of each seed has
    another generator, so that a part does not depend on the sizes of the other parts. A task that
    draws nothing sets `seeded` to False.
Baselines
    The losses of trivial predictors, which a network has to beat, are computed from the parts:
    the best constant or the shares of the classes, and persistence where `Part.persistence` is
    there. A task that knows a better predictor extends `predictor_losses`; one for which none
    means anything sets `has_baseline` to False.
Forecasts
    A task with `forecasts` says what its series is (`to_forecast`): its name, whether windows
    follow each other in time, and the windows of its later parts with what followed them and the
    naive forecasts. From these the forecast of the best network is written and compared with the
    naive ones. `SeriesTask` and `ForecastTask` do this for a task that gives its series a name.
Imports
    NumPy and pydantic alone: tasks are imported whenever a sweep file is read.
"""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationInfo, model_validator

from rnnsweep.errors import RnnsweepError

from . import predictors
from .forecast_windows import SeriesToForecast
from .parts import Part, Parts, Shape
from .reading.files import SourceError, Sources, sources_of
from .reading.numbers import Numbers

MAX_SEQ_LEN = 100_000
MAX_SEQUENCES = 10_000_000

Topic = Literal["memory", "next symbol", "forecast", "your data", "example"]
"""What a task is about. Lists of tasks are in this order, then in alphabetical order."""

PartChunks = tuple[Iterator[Part], Iterator[Part], Iterator[Part]]
"""The training, validation and test part, each as consecutive chunks of its sequences."""


class Fault(NamedTuple):
    """A rule between keys that is broken: the keys by their bare names, and why."""

    keys: tuple[str, ...]
    text: str


class TaskError(ValueError):
    """The keys of a task do not go together; pydantic passes it on inside its own error."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{', '.join(fault.keys)}: {fault.text}" for fault in faults))
        self.faults = faults


class DataError(RnnsweepError):
    """The data of a trial cannot be made; the text is for the user, with the place of the cause."""


class Task(BaseModel):
    """One sequence problem; a subclass adds its keys as fields.

    Attributes
    ----------
    name : str
        The task's word in a sweep file. A subclass declares it as a `Literal` with its default.
    line : str
        One line on the task, for `list tasks` and editors.
    topic : Topic
    loss, output, output_activation : str
        The defaults of these keys of a sweep file. Read them from an instance, since those of
        `npz` depend on the file.
    outputs : tuple of str
        The values of `model.output` that the task can have targets for: "last", "every" or both.
    seeded : bool
        False where the seed changes no data.
    has_baseline : bool
        False where the loss of a trivial predictor means nothing.
    streams : bool
        True where the sequences of a part are consecutive windows of one stream, in order and of
        one length, so that a hidden state may be carried from one to the next.
    scores : tuple of str
        The names of what `score` measures; "accuracy" is the first if it is among them.
    file_key : str
        The key that names the task's file, for messages; "name" where there is none.
    forecasts : bool
        Whether its networks always forecast a series. Then the params of the best one are saved
        unless the sweep file says otherwise.
    descriptive_keys : tuple of str
        Keys that change neither the data nor the training: no part of a trial's id, and no axes.

    Raises
    ------
    pydantic.ValidationError
        On construction: a key is unknown, missing, of the wrong type or out of range, the keys
        do not go together, or a file of the user cannot be read.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=False
    )

    line: ClassVar[str]
    topic: ClassVar[Topic]
    loss: ClassVar[str] = "mse"
    output: ClassVar[str] = "last"
    output_activation: ClassVar[str] = "identity"
    outputs: ClassVar[tuple[str, ...]] = ("last",)
    seeded: ClassVar[bool] = True
    has_baseline: ClassVar[bool] = True
    streams: ClassVar[bool] = False
    scores: ClassVar[tuple[str, ...]] = ()
    file_key: ClassVar[str] = "name"
    forecasts: ClassVar[bool] = False
    descriptive_keys: ClassVar[tuple[str, ...]] = ()

    name: str

    # What every task has to say.

    @abstractmethod
    def shape(self, output: str = "last") -> Shape:
        """Return the sizes of the arrays that `data` makes."""

    @abstractmethod
    def target_range(self) -> tuple[float, float]:
        """Return the smallest and the largest value that a target may have."""

    @abstractmethod
    def data(self, seed: int, output: str = "last") -> Parts:
        """Make the three parts, each from its own random stream of the seed."""

    # What a task says only where its answer differs from the one here.

    @property
    def has_symbols(self) -> bool:
        """Whether the inputs are symbols, whole numbers (N, T)."""
        return False

    @property
    def n_classes(self) -> int:
        """The number of classes if the targets are classes, else 0."""
        return 0

    def faults(self) -> Iterator[Fault]:
        """Yield the rules between the task's keys that are broken."""
        yield from ()

    def score(self, outputs: NDArray[np.floating[Any]], part: Part) -> dict[str, float]:
        """Return the measures named in `scores`.

        Parameters
        ----------
        outputs : (N, O) or (N, T, O) array
            The network's outputs for the part, as `Model.forward` returns them.
        part : Part
        """
        return {}

    def predictor_losses(
        self, parts: Parts, loss: str, huber_delta: float = 1.0
    ) -> list[predictors.PredictorLosses]:
        """Return the losses of the trivial predictors, the best predictor first.

        The predictors are those of `rnnsweep.tasks.predictors`, unless the task has others or
        none.
        """
        return predictors.predictor_losses(parts, loss, huber_delta) if self.has_baseline else []

    def chunks(self, seed: int, output: str = "last") -> PartChunks:
        """Make the parts that `data` makes, each in chunks of consecutive sequences.

        A caller that takes over chunk by chunk never has two copies of a large part in memory.
        """
        train, val, test = self.data(seed, output)
        return iter((train,)), iter((val,)), iter((test,))

    # For tasks on files of the user.

    @property
    def available_outputs(self) -> tuple[str, ...]:
        """Those of `outputs` that there are targets for; the file may leave fewer."""
        return self.outputs

    @property
    def way_to_classes(self) -> str:
        """How targets that are numbers could be saved as classes; empty where they could not."""
        return ""

    def numbers(self, output: str = "last") -> Iterator[Numbers]:
        """Yield the numbers of the file that reach a network, to be checked for their sizes.

        Drawn numbers are of size 1, and a key that makes larger or smaller ones has bounds, so
        that other tasks yield nothing.
        """
        yield from ()

    def encoding(self) -> dict[str, Any]:
        """Return, as JSON, what turns new data into the inputs of a network trained on this task.

        It is saved with the params. It is empty where a network takes arrays as they are.
        """
        return {}

    def notes(self, loss: str, output: str) -> Iterator[str]:
        """Yield what a user should know of the data before training starts, although no fault.

        Parameters
        ----------
        loss, output : str
            The loss and the output that the network is trained with.
        """
        yield from ()

    @property
    def has_forecasts(self) -> bool:
        """Whether its networks forecast a series; a file of the user may decide that."""
        return self.forecasts

    def to_forecast(self, seed: int) -> SeriesToForecast:
        """Return what a network that was trained on this seed's data is to forecast.

        Only a task that `has_forecasts` does it.
        """
        raise NotImplementedError

    @property
    def word_for_id(self) -> str:
        """What decides the kind of problem: the name, or what defines a task of the user's own."""
        return self.name

    def identity(self) -> dict[str, Any]:
        """Return what decides the data: the task's keys, with the content of files for paths."""
        return self.model_dump(exclude={"name", *self.descriptive_keys})

    def _read(self, sources: Sources) -> None:
        """Read the task's file, before `faults`; a `SourceError` is a fault of `_source_keys`."""

    @property
    def _source_keys(self) -> tuple[str, ...]:
        """The keys that a fault of the task's file is about."""
        return (self.file_key,)

    @model_validator(mode="after")
    def _check(self, info: ValidationInfo) -> Self:
        try:
            self._read(sources_of(info.context))
        except SourceError as error:
            raise TaskError([Fault(self._source_keys, str(error))]) from None
        if faults := list(self.faults()):
            raise TaskError(faults)
        return self
