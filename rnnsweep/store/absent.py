"""What to say of a path that is no results folder."""

import shlex
from pathlib import Path

from rnnsweep.errors import ResultsError
from rnnsweep.suggestions import did_you_mean, nearest
from rnnsweep.system_errors import shown

from .folder import Folder


def no_results(folder: Folder) -> ResultsError:
    """Return the error of a folder without a store, which names the folder that was meant."""
    if folder.path.suffix.lower() == ".toml" and folder.path.is_file():
        return ResultsError(f"{shown(folder.path)} is a sweep file; {_of_file(folder.path)}")
    return ResultsError(
        f"{shown(folder.path)} holds no results of a sweep (no {folder.store_db.name}); "
        "run a sweep first, or name the folder of one"
        f"{_similar(folder) or ', such as results/grid'}"
    )


def _of_file(file: Path) -> str:
    """Return where the results of a sweep file are: those of its shards are in several folders."""
    folder = Folder(Path("results", file.stem))
    if folder.store_db.is_file():
        return f"its results are in {shown(folder.path)}, so name that folder"
    stores = folder.path.parent.glob(f"*/{folder.store_db.name}")
    shards = [store.parent for store in stores if _is_shard(store.parent.name, file.stem)]
    if shards:
        return f"its results are in {', '.join(map(shown, sorted(shards)))}, so name one of these"
    return (
        f"this command takes a results folder, and there is none in {shown(folder.path)}: first "
        f"python -m rnnsweep run {shlex.quote(str(file))}"
    )


def _is_shard(name: str, stem: str) -> bool:
    number, of, n_shards = name.removeprefix(f"{stem}-").partition("of")
    return name.startswith(f"{stem}-") and bool(of) and number.isdigit() and n_shards.isdigit()


def _similar(folder: Folder) -> str:
    """Return "; did you mean ...?" with the folder of results that is near in name and place."""
    stores = folder.path.parent.glob(f"*/{folder.store_db.name}")
    near = nearest(folder.path.name, [store.parent.name for store in stores])
    return did_you_mean(near, lambda name: shown(folder.path.with_name(name)))
