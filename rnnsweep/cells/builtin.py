"""The built-in cells: the files of this folder."""

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

from .cell import Cell
from .files import read_cell_file

_FOLDER = Path(__file__).parent


class _Builtin(Mapping[str, Cell]):
    """The built-in cells by their names, by year; a file is read when its cell is looked up."""

    @cached_property
    def _paths(self) -> dict[str, Path]:
        return {path.stem: path for path in _FOLDER.glob("*.toml")}

    @cached_property
    def _order(self) -> list[str]:
        return sorted(self._paths, key=lambda name: (self[name].year, name))

    def __getitem__(self, name: str) -> Cell:
        """Return a cell; KeyError if there is none of this name."""
        return _read(self._paths[name])

    def __contains__(self, name: object) -> bool:
        """Return whether there is a cell of this name, without reading its file."""
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._order)

    def __len__(self) -> int:
        """Return how many cells there are."""
        return len(self._paths)


@cache
def _read(path: Path) -> Cell:
    return read_cell_file(path, path.stem, is_builtin=True)


CELLS: Mapping[str, Cell] = _Builtin()
