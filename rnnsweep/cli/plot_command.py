"""The command `plot`."""

import io
from pathlib import Path

import click

from rnnsweep.errors import SweepError
from rnnsweep.message_text import showable
from rnnsweep.plots.kinds import FORMATS, KINDS
from rnnsweep.suggestions import allowed

from . import option_values, options
from .loading import loading
from .streams import write_output


@click.command(short_help="Draw the pictures anew, or one of your choice.")
@options.results
@options.kind
@options.picture_by
@options.x
@options.y
@options.between
@options.picture_metric
@options.best_of_sides
@options.measure_of_variance
@options.form
@options.picture_out
def plot(
    results: Path,
    kind: str | None,
    by: list[str],
    x: str | None,
    y: str | None,
    between: tuple[str, str] | None,
    metric: str | None,
    best: bool,
    measure: str | None,
    form: str | None,
    out: Path | None,
) -> None:
    """Draw the pictures of a sweep's results anew, or one picture of your choice.

    Without --kind the pictures are those of a run, in the folder plots of the results. With --kind
    it is one picture, in the working directory unless --out names another file.

    \b
    Examples:
        python -m rnnsweep plot results/grid
        python -m rnnsweep plot results/grid --kind map --x learning_rate --y hidden_size
    """
    a, b = between or (None, None)
    named = {"by": by or None, "x": x, "y": y, "a": a, "b": b, "best": best or None}
    named |= {"metric": metric, "measure": measure}
    arguments = {name: value for name, value in named.items() if value is not None}
    _check(kind, [*arguments, *(["out"] if out is not None else [])])
    chosen = _form(form, out)
    with loading():
        from rnnsweep.plots.figures import save
        from rnnsweep.plots.files import write_plots
        from rnnsweep.store.store import Store
        from rnnsweep.tables.results import Results

        from .screens.part import part_line

    with Store.reader(results) as store:
        part = part_line(store)
    if part:
        click.echo(part, err=True)
    if kind is None:
        paths = write_plots(results, chosen)
    else:
        picture = io.BytesIO()
        try:
            figure = getattr(Results(results).plot, kind)(**arguments)
        except SweepError as error:  # a message about an argument begins with its name
            is_of_option = str(error).split(" ")[0] in arguments
            raise SweepError(f"{'--' if is_of_option else ''}{error}") from None
        save(figure, picture, chosen)
        paths = [out or Path(f"{results.resolve().name}_{kind}.{chosen}")]
        write_output(paths[0], picture.getvalue())
    for path in paths:
        click.echo(showable(str(path)))


# The options that give arguments of another name.
_OPTIONS = {"a": "between", "b": "between"}


def _check(kind: str | None, given: list[str]) -> None:
    """Raise `SweepError` where a kind is unknown, or does not take one of the arguments."""
    if kind is None:
        if given:
            option = _OPTIONS.get(given[0], given[0])
            raise SweepError(f"--{option} needs --kind; allowed: {', '.join(KINDS)}")
        return
    if kind not in KINDS:
        raise SweepError(f"--kind {kind!r} is not known; {allowed(kind, KINDS)}")
    takes = (*KINDS[kind].arguments, "out")
    for argument in given:
        if argument not in takes:
            words = dict.fromkeys(_OPTIONS.get(name, name) for name in (*takes, "format"))
            listed = ", ".join(f"--{word}" for word in words)
            option = _OPTIONS.get(argument, argument)
            raise SweepError(f"--kind {kind} has no option --{option}; allowed: {listed}")
    if "a" in takes and "a" not in given:
        raise SweepError(f"--kind {kind} needs --between with two settings")


def _form(form: str | None, out: Path | None) -> str:
    """Return the format of the file: as the option says, else as the name of the file ends."""
    if form is not None:
        option_values.word("--format", form, FORMATS)
    chosen = option_values.format_of_file(form, out, {each: each for each in FORMATS})
    if chosen is None and out is not None and out.suffix:
        raise SweepError(
            f"--out {out}: the name of a picture ends in .{', .'.join(FORMATS)}, or --format "
            "says what the file is"
        )
    return chosen or FORMATS[0]
