"""The results folder that tests of the tables share."""

import pytest
from table_cases import RECORDS, fill


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "results", RECORDS)
