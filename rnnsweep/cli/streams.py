"""Where a command writes: standard output and error, which may be closed, and the file of --out."""

import io
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO

import click

from rnnsweep.errors import SweepError
from rnnsweep.message_text import showable


@contextmanager
def usable_streams() -> Iterator[None]:
    """Discard what is written to a closed stream (``>&-``, a program without a console).

    For such a stream Python has None. In addition, a stream that knows only ASCII shows other
    letters escaped.
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
    """Show a warning of this package as a plain line, whatever Python's warning filters are."""
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
    """Write a line to standard error; if that fails, only the exit code says that there was one."""
    with suppress(OSError):
        click.echo(showable(line), err=True)


def drop_output() -> None:
    """Discard what standard output has not written yet; Python would fail on it at its end."""
    try:
        descriptor = sys.stdout.fileno()
    except OSError:  # it is not a file of the system
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def open_output(out: Path, data: Path) -> TextIO:
    """Open the file `out` to write text; it may exist, but must not be the file `data`.

    Raises
    ------
    SweepError
        If it is that file, or cannot be written.
    """
    try:
        if out.exists() and out.samefile(data):
            raise SweepError(f"--out {out} is the file of the data; name another")
        return out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise _not_written(out, error) from None


def write_output(out: Path, content: bytes) -> None:
    """Write the file `out`, which may exist.

    Raises
    ------
    SweepError
        If it cannot be written.
    """
    try:
        out.write_bytes(content)
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise _not_written(out, error) from None


@contextmanager
def replacing_output(out: Path) -> Iterator[Path]:
    """Yield a temporary path next to the file `out`, and give that file its name at the end.

    If the body fails, a file that was there stays as it was.

    Raises
    ------
    SweepError
        If it cannot be written.
    """
    temporary = out.with_name(f".tmp-{out.name}")
    try:
        temporary.open("wb").close()
        yield temporary
        if os.path.isdir(out):  # noqa: PTH112 - unlike Path.is_dir it takes any name
            raise IsADirectoryError(out)
        temporary.replace(out)
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        raise _not_written(out, error) from None
    finally:
        with suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)


def _not_written(out: Path, error: Exception) -> SweepError:
    """Return the error that says why a file cannot be written."""
    why = f"it cannot be written ({getattr(error, 'strerror', None) or error})"
    if os.path.isdir(out):  # noqa: PTH112 - unlike Path.is_dir it takes any name
        why = "it is a folder"
    elif not os.path.isdir(out.parent):  # noqa: PTH112
        why = f"there is no folder {out.parent}"
    return SweepError(f"--out {out}: {why}; name a file in a folder you may write to")


def _open_closed_descriptors() -> None:
    """Open the null device for each of the descriptors 0, 1 and 2 that is closed.

    The next file that is opened would get this number, and what a library writes to "standard
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
