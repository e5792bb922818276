"""The cells of a file that an override of model.cell leaves without a use."""

from collections.abc import Iterator, MutableMapping
from typing import Any

from rnnsweep.cells import CELLS
from rnnsweep.sweepfile.keys import CELLS_TABLE

from .editing import Document, axes_of

_KEY = "model.cell"


def drop_unused_cells(document: Document) -> None:
    """Take the tables [cells.NAME] out of a document that nothing in it names.

    All stay if a word is none of a cell's: it may be one of theirs with a typing error.
    """
    own = document.get(CELLS_TABLE)
    if not isinstance(own, MutableMapping):
        return
    named = {str(word) for word in _named(document)}
    if not all(word in CELLS or word in own or word.endswith(".toml") for word in named):
        return
    for name in [name for name in own if name not in named]:
        del own[name]
    if not own:
        del document[CELLS_TABLE]


def _named(document: Document) -> Iterator[Any]:
    model = document.get("model")
    if isinstance(model, MutableMapping) and "cell" in model:
        yield model["cell"]
    for values in axes_of(document, _KEY):
        yield from values if isinstance(values, list) else [values]
