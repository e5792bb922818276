"""The page's sources, as its scripts and styles are in the package."""

from importlib.resources import files

SOURCES = files("rnnsweep.report").joinpath("sources")


def source(name):
    """Return the text of a source by the name of its file."""
    return SOURCES.joinpath(name).read_text(encoding="utf-8")
