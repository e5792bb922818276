"""``python -m rnnsweep``, and the command ``rnnsweep``."""

import os
import signal
import sys

from .exit_codes import INTERRUPTED
from .interruption import deferred

# BLAS is called on one thread alone. If the system starts no more threads, OpenBLAS sends its own
# process a Ctrl-C.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Run the command line; a Ctrl-C while it loads or ends prints no traceback."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # as Ctrl-C, whatever the command
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with deferred():
            from .cli.main import main as run

        run()
    except KeyboardInterrupt:
        if sys.stderr is not None:  # `2>&-`
            print("rnnsweep: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(INTERRUPTED)
    finally:
        # All is written. A signal during Python's own shutdown would print a traceback.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    main()
