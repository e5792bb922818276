"""Standard input, output and error of the command line, open or not, and what goes to the last."""

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO

import click


@contextmanager
def usable_streams() -> Iterator[None]:
    """Let whatever is written to a closed stream (``>&-``, a program without a console) go nowhere.

    Python has None in the place of such a stream. A terminal or a pipe that knows ASCII alone
    shows other letters escaped.
    """
    with ExitStack() as stack:
        _open_closed_descriptors()
        for stream, redirect in ((sys.stdout, redirect_stdout), (sys.stderr, redirect_stderr)):
            if stream is None or getattr(stream, "closed", False):
                nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123
                stack.enter_context(redirect(nowhere))
            elif isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        yield


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show a warning of this package as a line for the user, however Python treats warnings."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def say(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if category is UserWarning and Path(filename).is_relative_to(Path(__file__).parents[1]):
                complain(f"rnnsweep: {message}")
            else:
                show(message, category, filename, lineno, file, line)

        warnings.filterwarnings("default", category=UserWarning, module=r"rnnsweep\.")
        warnings.showwarning = say
        yield


def complain(line: str) -> None:
    """Write a line to standard error; where that cannot be written, the exit code has to do."""
    with suppress(OSError):
        click.echo(line, err=True)


def drop_output() -> None:
    """Send what standard output still holds nowhere; Python would fail over it again at its end."""
    try:
        descriptor = sys.stdout.fileno()
    except OSError:  # not a file of the system's
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _open_closed_descriptors() -> None:
    """Give a closed descriptor 0, 1 or 2 to the null device.

    The next file that is opened would get its number, and what a library writes to "standard
    error" would go into that file.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != descriptor:
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
            os.set_inheritable(descriptor, True)
