"""The results folder that tests of the store share."""

import pytest
from store_cases import SWEPT, named, record

from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store


@pytest.fixture
def folder(tmp_path):
    """Return a folder of six trials. Four have ended: of these one diverged and one failed."""
    with Store.writer(tmp_path / "results") as results:
        results.set_sweep("grid", "[task]", SWEPT, named(*range(6)))
        results.add([record(3), record(0), record(2, "diverged"), record(1, "failed", epochs=0)])
    return Folder(tmp_path / "results")
