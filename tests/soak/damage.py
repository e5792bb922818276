"""Copies of a store with changed bytes: nobody may read a wrong table from one.

The long form, `PYTHONPATH=.:tests python -m soak.damage 5000`, prints what came of them.
"""

import argparse
import json
import random
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from itertools import chain
from pathlib import Path

from store_cases import SWEPT, named, record, trial_id, with_params

from rnnsweep.errors import ResultsError
from rnnsweep.store.folder import Folder
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store
from rnnsweep.tables.results import Results
from rnnsweep.tables.write import write_tables

N_TRIALS = 40
_TABLES = ("trials.csv", "epochs.csv", "summary.csv")
_REQUIREMENTS = Requirements(save_params="all")


def make(path, page_size):
    """Make a store with trials of each kind, small pages and trials of an earlier sweep."""
    with Store.writer(path) as results:
        results.set_sweep("earlier", "", SWEPT, named(*range(50, 60)))
        results.add(record(i) for i in range(50, 60))
        results.set_sweep("grid", "[task]", SWEPT, named(*range(N_TRIALS + 4)), _REQUIREMENTS)
        results.add(with_params(i, epochs=1 + i % 7) for i in range(N_TRIALS - 2))
        results.add([record(N_TRIALS - 2, "diverged"), record(N_TRIALS - 1, "failed", epochs=0)])
    with closing(sqlite3.connect(Folder(path).store_db)) as db:
        db.execute(f"PRAGMA page_size = {page_size}")
        db.execute("VACUUM")
    return Folder(path).store_db.read_bytes()


def damaged(content, page_size, rng):
    """Return a copy with changed bytes, and what was done to it."""
    content, pages = bytearray(content), len(content) // page_size

    def page():
        at = rng.randrange(pages) * page_size
        return slice(at, at + page_size)

    kind = rng.choice(["bit", "bit", "bytes", "swapped", "copied", "zeroed", "cut", "many bits"])
    if kind in ("bit", "many bits"):
        for _ in range(1 if kind == "bit" else rng.randrange(2, 20)):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    elif kind == "bytes":
        at, n = rng.randrange(len(content)), rng.choice([1, 2, 8, 40, 300])
        content[at : at + n] = rng.randbytes(len(content[at : at + n]))
    elif kind == "swapped":
        one, other = page(), page()
        content[one], content[other] = content[other], content[one]
    elif kind == "copied":
        content[page()] = content[page()]
    elif kind == "zeroed":
        content[page()] = bytes(page_size)
    else:
        del content[rng.randrange(len(content)) :]
    return bytes(content), kind


def read(path):
    """Yield what each reader returns, by its name."""

    def of(use):
        with Store.reader(path) as results:
            return use(results)

    yield "info", lambda: str(of(lambda results: results.info()[:3]))
    yield "counts", lambda: str(of(Store.counts))
    yield "ids", lambda: of(Store.trial_ids)
    yield "best", lambda: of(Store.best)
    yield "summary", lambda: Results(path).summary().to_csv()
    yield "trials", lambda: Results(path).trials.to_csv()
    yield "epochs", lambda: Results(path).epochs.to_csv()
    yield "one trial", lambda: str(of(lambda results: results.trial(trial_id(3))))
    yield "params", lambda: str(of(lambda results: results.params(trial_id(3))))
    yield "copies", lambda: str(of(_copies))
    yield "run", lambda: _run(path)


def _copies(results):
    """Return all copies but for their params: those that are missing are trained again."""
    return sorted(copy[:2] for copy in chain.from_iterable(results.all_copies()))


def _run(path):
    """Do what a run does that has nothing to train, and return its tables."""
    with Store.writer(path) as results:
        results.set_sweep("grid", "[task]", SWEPT, named(*range(N_TRIALS + 4)), _REQUIREMENTS)
        pending = [entry.position for entry in results.pending()]
        write_tables(results)
    return json.dumps(pending) + "".join((path / name).read_text() for name in _TABLES)


class DamageSoak:
    """Damages copies of a store and reads them.

    Attributes
    ----------
    content : bytes
        The store before it is damaged.
    outcomes : Counter
        Of each reader and outcome, how many: "refused", "right", "absent", "wrong" or
        "traceback".
    faults : list of str
        The wrong results and the tracebacks.
    """

    def __init__(self, folder, rng, page_size=512):
        self._folder = Path(folder)
        self._rng = rng
        self._page_size = page_size
        self.outcomes = Counter()
        self.faults = []
        whole = self._folder / "whole"
        self.content = make(whole, page_size)
        self._right = {name: use() for name, use in read(whole)}

    def damage(self, number):
        """Damage a copy and read it in every way."""
        content, kind = damaged(self.content, self._page_size, self._rng)
        self.read(content, f"copy {number} ({kind})")

    def read(self, content, what):
        """Read a store with these bytes in every way."""
        path = self._folder / "damaged"
        path.mkdir(exist_ok=True)
        for name, use in read(path):
            for file in path.iterdir():
                file.unlink()
            Folder(path).store_db.write_bytes(content)
            self.outcomes[name, self._outcome(name, use, f"{what}, {name}")] += 1

    def _outcome(self, name, use, what):
        try:
            result = use()
        except ResultsError as error:
            if Folder("x").store_db.name in str(error) or "no trials yet" in str(error):
                return "refused"
            self.faults.append(f"{what}: {error}")
            return "traceback"
        except Exception as error:  # every other error is a fault
            self.faults.append(f"{what}: {error!r}")
            return "traceback"
        if result == self._right[name]:
            return "right"
        if name == "params" and result == "None":  # `predict` says that there are none
            return "absent"
        self.faults.append(f"{what}: another result")
        return "wrong"


def main():
    """Damage copies, print the outcomes, and return 1 if any was wrong."""
    parser = argparse.ArgumentParser(prog="soak.damage", description=__doc__)
    parser.add_argument("copies", type=int)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rnnsweep-") as folder:
        soak = DamageSoak(folder, random.Random(arguments.seed))
        for number in range(arguments.copies):
            soak.damage(number)
            if sys.stderr.isatty():
                print(f"\r{number + 1} copies, {len(soak.faults)} faults", end="", file=sys.stderr)
    print(f"{arguments.copies} copies of a store with changed bytes, seed {arguments.seed}")
    for (name, outcome), number in sorted(soak.outcomes.items()):
        print(f"  {name}: {number} {outcome}")
    for fault in soak.faults:
        print(f"  {fault}")
    return int(bool(soak.faults))


if __name__ == "__main__":
    sys.exit(main())
