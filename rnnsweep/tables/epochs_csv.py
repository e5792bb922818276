"""Writes the table of epochs as a CSV file."""

from operator import add
from pathlib import Path
from typing import BinaryIO

import orjson

from rnnsweep.analysis.survey import Survey
from rnnsweep.array_types import Floats
from rnnsweep.store.rows import StoredTrial

from .epochs_table import epoch_numbers, head_cells, head_heading, numbers_heading
from .table_files import csv_line, open_to_write


class EpochsCsv:
    """Writes the table of epochs as a CSV file, one trial after another.

    orjson writes numbers as the shortest decimals that read back exactly, as repr does, in a
    twentieth of the time.

    Parameters
    ----------
    file : Path or binary file
        Where to write; a file is closed at the end, too.
    survey : Survey
        A survey of all trials that will be added.
    """

    def __init__(self, file: Path | BinaryIO, survey: Survey) -> None:
        self._survey = survey
        heading = [*head_heading(survey), "epoch", *numbers_heading(survey)]
        self._epochs: list[bytes] = []  # "0,", "1,", ...
        self._file = open_to_write(file) if isinstance(file, Path) else file
        self._file.write(f"{csv_line(heading)}\n".encode())

    def __enter__(self) -> "EpochsCsv":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, trial: StoredTrial, epochs: Floats) -> None:
        """Write a trial's rows; the arguments are those of `epoch_numbers`."""
        if not len(epochs):
            return
        self._epochs += [b"%d," % epoch for epoch in range(len(self._epochs), len(epochs))]
        numbers = epoch_numbers(trial, epochs, self._survey)
        text = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)
        # The text is as [[0.5,null],[0.25,1e-09]]: a number that is not finite is null.
        rows = map(add, self._epochs, text[2:-2].replace(b"null", b"").split(b"],["))
        head = f"{csv_line(head_cells(trial, self._survey))},".encode()
        self._file.write(head + (b"\n" + head).join(rows) + b"\n")
