"""Writes the table of epochs as a Parquet file; needs pyarrow."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rnnsweep.analysis.survey import Survey
from rnnsweep.array_types import Floats
from rnnsweep.store.rows import StoredTrial

from .epochs_table import epoch_numbers, head_cells, head_heading, numbers_heading
from .table_files import open_to_write

# How many numbers a row group of the file has: it is made in memory, and this many take 32 MB.
_ROW_GROUP_VALUES = 2**22


class EpochsParquet:
    """Writes the table of epochs as a Parquet file, one trial after another.

    An empty cell is null. Texts are dictionaries, so that a row group contains the id of a trial
    once, however many epochs the trial has.

    Parameters
    ----------
    path : Path
    survey : Survey
        A survey of all trials that will be added.
    """

    def __init__(self, path: Path, survey: Survey) -> None:
        self._survey = survey
        self._heads: list[list[Any]] = []
        self._numbers: list[Floats] = []
        self._n_values = 0
        heads, numbers = head_heading(survey), numbers_heading(survey)
        self._head_types = [pa.string(), *map(_column_type, survey.value_types.values())]
        types = [_type_in_file(column_type) for column_type in self._head_types]
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

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        try:
            if error is None:
                self._write_row_group()
                self._writer.close()
            else:  # nobody will read the file
                with suppress(OSError):
                    self._writer.close()
        finally:
            self._file.close()

    def add(self, trial: StoredTrial, epochs: Floats) -> None:
        """Add a trial's rows; the arguments are those of `epoch_numbers`."""
        if not len(epochs):
            return
        self._heads.append(head_cells(trial, self._survey))
        self._numbers.append(epoch_numbers(trial, epochs, self._survey))
        self._n_values += self._numbers[-1].size
        if self._n_values > _ROW_GROUP_VALUES:
            self._write_row_group()

    def _write_row_group(self) -> None:
        if not self._heads:
            return
        lengths = [len(numbers) for numbers in self._numbers]
        trial = pa.array(np.repeat(np.arange(len(lengths), dtype=np.int32), lengths))
        columns = [
            _array(cells, column_type).take(trial)
            for cells, column_type in zip(
                zip(*self._heads, strict=True), self._head_types, strict=True
            )
        ]
        columns.append(pa.array(np.concatenate([np.arange(n) for n in lengths])))
        numbers = np.concatenate(self._numbers)
        columns += [pa.array(column, from_pandas=True) for column in numbers.T.copy()]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._heads.clear()
        self._numbers.clear()
        self._n_values = 0


def _column_type(value_types: set[type]) -> pa.DataType:
    """Return the Arrow type of a column whose cells have these Python types."""
    value_types = value_types - {NoneType}
    if value_types == {int}:
        return pa.int64()
    return pa.float64() if value_types and value_types <= {int, float} else pa.string()


def _type_in_file(column_type: pa.DataType) -> pa.DataType:
    return pa.dictionary(pa.int32(), column_type) if column_type == pa.string() else column_type


def _array(cells: Sequence[Any], column_type: pa.DataType) -> pa.Array:
    if column_type != pa.string():
        return pa.array(cells, column_type)
    texts = [None if cell is None else str(cell) for cell in cells]
    return pa.array(texts, column_type).dictionary_encode()
