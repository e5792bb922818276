"""Imports of heavy parts, at the price of the imports alone."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Import heavy parts without the garbage collector.

    They make a million objects that stay to the end, and the collector would look through all of
    them again and again: 1.6 -> 1.3 s for a run of four trials with its pictures.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
