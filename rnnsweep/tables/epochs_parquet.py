"""The table of epochs as a Parquet file; needs pyarrow."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rnnsweep.analysis.survey import Survey
from rnnsweep.store.rows import StoredTrial

from .epochs_table import Numbers, head_of, heads_heading, numbers_heading, numbers_of
from .table_files import open_to_write

# Numbers of one piece of the file (a row group), which is made in memory: 32 MB.
_PIECE = 2**22


class EpochsParquet:
    """The table of epochs as a Parquet file, written trial by trial.

    An empty cell is null. Texts are categories, so that a trial's id stands once in each piece of
    the file, however many epochs it has.

    Parameters
    ----------
    path : Path
    survey : Survey
        Of all the trials to come.
    """

    def __init__(self, path: Path, survey: Survey) -> None:
        self._survey = survey
        self._heads: list[list[Any]] = []
        self._numbers: list[Numbers] = []
        self._n_values = 0
        heads, numbers = heads_heading(survey), numbers_heading(survey)
        self._types = [pa.string(), *map(_type, survey.kinds.values())]
        types = [_in_file(kind) for kind in self._types]
        types += [pa.int64(), *[pa.float64()] * len(numbers)]
        self._schema = pa.schema(list(zip([*heads, "epoch", *numbers], types, strict=True)))
        self._file = open_to_write(path)
        self._writer = pq.ParquetWriter(
            self._file,
            self._schema,
            # 5 M rows of random numbers: 93 MB in 0.5 s; with the defaults 115 MB in 0.7 s.
            compression="zstd",
            compression_level=1,
            use_dictionary=[*heads, "epoch"],
            use_byte_stream_split=numbers,
        )

    def __enter__(self) -> "EpochsParquet":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._write_piece()
                self._writer.close()
            else:  # nobody will read it
                with suppress(OSError):
                    self._writer.close()
        finally:
            self._file.close()

    def add(self, trial: StoredTrial, epochs: Numbers) -> None:
        """Write a trial's rows; for the arguments see `numbers_of`."""
        if not len(epochs):
            return
        self._heads.append(head_of(trial, self._survey))
        self._numbers.append(numbers_of(trial, epochs, self._survey))
        self._n_values += self._numbers[-1].size
        if self._n_values > _PIECE:
            self._write_piece()

    def _write_piece(self) -> None:
        if not self._heads:
            return
        lengths = [len(numbers) for numbers in self._numbers]
        trial = pa.array(np.repeat(np.arange(len(lengths), dtype=np.int32), lengths))
        columns = [
            _array(cells, kind).take(trial)
            for cells, kind in zip(zip(*self._heads, strict=True), self._types, strict=True)
        ]
        columns.append(pa.array(np.concatenate([np.arange(n) for n in lengths])))
        numbers = np.concatenate(self._numbers)
        columns += [pa.array(column, from_pandas=True) for column in numbers.T.copy()]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._heads.clear()
        self._numbers.clear()
        self._n_values = 0


def _type(kinds: set[type]) -> pa.DataType:
    """Return the type of a column that holds values of these Python types."""
    kinds = kinds - {NoneType}
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {int, float} else pa.string()


def _in_file(kind: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), kind) if kind == pa.string() else kind


def _array(cells: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind != pa.string():
        return pa.array(cells, kind)
    texts = [None if cell is None else str(cell) for cell in cells]
    return pa.array(texts, kind).dictionary_encode()
