"""How a command ends when it is interrupted, and what an error of the system means."""

import atexit
import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from rnnsweep.exit_codes import INTERRUPTED
from rnnsweep.interruption import ENDING
from rnnsweep.system_errors import unusable

from .streams import drop_output

_OF_A_STREAM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF, errno.ENXIO}


def explanation(error: OSError) -> str:
    """Return what an error of the system means that no other part of the program has explained."""
    if error.filename is not None:
        return str(unusable(Path(os.fsdecode(error.filename)), error))
    if error.errno == errno.ENOENT:
        return "the working directory was deleted; change to another one and run again"
    why = error.strerror or error
    if error.errno in _OF_A_STREAM:  # an error of a file would have the file's name
        drop_output()
        return f"standard output cannot be written ({why})"
    return f"the system refused what the command needs ({why}); end other programs and run again"


@contextmanager
def ending_at_once() -> Iterator[None]:
    """End an interrupted process although a thread is in the middle of a kernel.

    A kernel is being compiled, or a second Ctrl-C came. Python would wait for the thread.
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
def signals_as_ctrl_c() -> Iterator[None]:
    """Treat SIGTERM and SIGHUP as Ctrl-C: tables are written when a batch system ends the run.

    SIGHUP comes where the terminal is closed. It stays ignored where it is, as under `nohup`.
    """
    before = {number: signal.getsignal(number) for number in ENDING}
    replaced = [number for number in ENDING if before[number] not in (signal.SIG_IGN, None)]
    for number in replaced:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in replaced:
            signal.signal(number, before[number])
