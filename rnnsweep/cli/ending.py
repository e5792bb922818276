"""How a command ends: its exit code where it was interrupted, and what an error says."""

import atexit
import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from rnnsweep.system_errors import unusable

from .stdio import drop_output

INTERRUPTED = 130
_OF_A_STREAM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.ENXIO}


def explanation(error: OSError) -> str:
    """Return what an error means that nothing has explained yet."""
    if error.filename is not None:
        return str(unusable(Path(os.fsdecode(error.filename)), error))
    if error.errno == errno.ENOENT:
        return "the working directory was deleted; change to another one and run again"
    why = error.strerror or error
    if error.errno in _OF_A_STREAM:  # files are written by name
        drop_output()
        return f"standard output cannot be written ({why})"
    return f"the system refused what the command needs ({why}); end other programs and run again"


@contextmanager
def ending_at_once() -> Iterator[None]:
    """Let an interrupted run end although a thread is in the middle of a kernel.

    It is being compiled, or a second Ctrl-C came. Python would wait for it.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        from rnnsweep.execution.executors import are_left_behind

        if not are_left_behind():
            raise
        with suppress(OSError):
            click.echo(f"rnnsweep: {str(error) or 'interrupted'}", err=True)
            sys.stdout.flush()
        atexit._run_exitfuncs()
        os._exit(INTERRUPTED)


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Let whoever ends the process politely (a scheduler, a shutdown) get the tables, too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
