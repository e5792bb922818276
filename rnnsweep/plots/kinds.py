"""The kinds of pictures and the formats of their files: known without loading matplotlib."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A picture that `plot --kind` and a method of `results.plot` draw.

    Attributes
    ----------
    line : str
        What it shows.
    arguments : tuple of str
        The arguments of the method, and options of the command.
    """

    line: str
    arguments: tuple[str, ...] = ()


KINDS = {
    "curves": Kind("validation loss by epoch, with bands over the seeds", ("by",)),
    "map": Kind("best validation loss over two settings", ("x", "y", "by")),
    "effects": Kind("best validation loss of every trial by setting", ("by",)),
    "divergence": Kind("trials that diverged over two settings, and when", ("x", "y", "by")),
    "comparison": Kind("two settings, seed by seed", ("a", "b", "metric", "best")),
    "parallel": Kind("every combination as a line, the best in colour", ("by",)),
    "importance": Kind("share of the variance by setting, pair and seed", ("measure",)),
    "profile": Kind("share of trials that reach each loss", ("by", "metric")),
    "budget": Kind("what the best of n random settings reaches", ("by",)),
    "tunability": Kind("what tuning each setting alone gains"),
    "success": Kind("share of trials that met the success criterion", ("x", "by")),
    "forecast": Kind("the best network's forecasts of a series, and the truth"),
}
FORMATS = ("png", "svg", "pdf")
