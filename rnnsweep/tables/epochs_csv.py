"""The table of epochs as a CSV file."""

from operator import add
from pathlib import Path

import orjson

from rnnsweep.analysis.survey import Survey
from rnnsweep.store.rows import StoredTrial

from .epochs_table import Numbers, head_of, heads_heading, numbers_heading, numbers_of
from .table_files import csv_line, open_to_write


class EpochsCsv:
    """The table of epochs as a CSV file, written trial by trial.

    orjson writes numbers as the shortest decimals that read back exactly, as repr does, in a
    twentieth of the time.

    Parameters
    ----------
    path : Path
    survey : Survey
        Of all the trials to come.
    """

    def __init__(self, path: Path, survey: Survey) -> None:
        self._survey = survey
        heading = [*heads_heading(survey), "epoch", *numbers_heading(survey)]
        self._epochs: list[bytes] = []  # "0,", "1,", ...
        self._file = open_to_write(path)
        self._file.write(f"{csv_line(heading)}\n".encode())

    def __enter__(self) -> "EpochsCsv":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, trial: StoredTrial, epochs: Numbers) -> None:
        """Write a trial's rows; for the arguments see `numbers_of`."""
        if not len(epochs):
            return
        self._epochs += [b"%d," % epoch for epoch in range(len(self._epochs), len(epochs))]
        numbers = numbers_of(trial, epochs, self._survey)
        text = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)
        # [[0.5,null],[0.25,1e-09]]: what is not finite is null
        rows = map(add, self._epochs, text[2:-2].replace(b"null", b"").split(b"],["))
        head = f"{csv_line(head_of(trial, self._survey))},".encode()
        self._file.write(head + (b"\n" + head).join(rows) + b"\n")
