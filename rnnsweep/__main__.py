"""``python -m rnnsweep``, and the command ``rnnsweep``."""

import os
import signal
import sys

from .interruption import deferred

# Whatever calls BLAS here does so on one thread. Where the system starts no more threads,
# OpenBLAS sends its own process a Ctrl-C.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; a Ctrl-C while it loads or ends shows no traceback."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # as Ctrl-C, whatever the command
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with deferred():
            from .cli.commands import main as run

        run()
    except KeyboardInterrupt:
        if sys.stderr is not None:  # `2>&-`
            print("rnnsweep: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(_INTERRUPTED)
    finally:
        # All is written. Python would print what a signal breaks while it takes itself apart.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    main()
