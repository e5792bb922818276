"""Whatever happens to the bytes of a store, nobody reads a wrong table: the short form."""

import random
import re
import sqlite3
from contextlib import closing

import pytest
from soak.damage import DamageSoak
from store_cases import SWEPT, named, record

from rnnsweep.errors import ResultsError
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store


def test_no_copy_with_changed_bytes_gives_another_result(tmp_path):
    soak = DamageSoak(tmp_path, random.Random(0))
    for number in range(12):
        soak.damage(number)
    assert soak.faults == []
    assert soak.outcomes["run", "refused"] > 6


@pytest.mark.parametrize("name", [b"checksum", b"n_places", b"swept", b"position", b"status"])
def test_a_renamed_column_gives_no_traceback(tmp_path, name):
    soak = DamageSoak(tmp_path, random.Random(0))
    places = [match.start() for match in re.finditer(name, soak.content)]
    assert places
    for place in places:
        content = bytearray(soak.content)
        content[place] ^= 1  # one bit of the statement that made the table
        soak.read(content, f"byte {place}")
    assert soak.faults == []
    assert soak.outcomes["run", "refused"] > 0


def test_pages_that_lead_back_are_not_read_for_ever(tmp_path):
    with Store.writer(tmp_path) as results:
        results.set_sweep("grid", "", SWEPT, named(*range(2_000)))
        results.add(record(i) for i in range(40))
    path = Folder(tmp_path).store_db
    with closing(sqlite3.connect(path)) as db:
        ((size,),) = db.execute("PRAGMA page_size").fetchall()
        ((root,),) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'place'")
    content = bytearray(path.read_bytes())
    page = slice((root - 1) * size, root * size)
    # An interior page: where its cells are, then the page that the last trials are in.
    assert content[page.start] == 5
    first = int.from_bytes(content[page.start + 12 : page.start + 14], "big")
    content[page.start + 8 : page.start + 12] = content[page.start + first : page.start + first + 4]
    path.write_bytes(content)
    for use in (Store.best, Store.trial_ids, lambda results: list(results.trials())):
        with Store.reader(tmp_path) as results, pytest.raises(ResultsError, match="list of its"):
            use(results)
