"""Times of whole commands."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple


class Seconds(NamedTuple):
    """Times of a command with its child processes."""

    wall: float
    cpu: float  # of user and system


def seconds_of(
    module: str,
    arguments: list[str],
    environment: Mapping[str, str] | None = None,
    exit_code: int = 0,
) -> Seconds:
    """Return the times of `python -m module`.

    Raises
    ------
    RuntimeError
        If the exit code is another one; the message has the command's stderr.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | dict(environment or {}),
        check=False,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != exit_code:
        command = " ".join([module, *arguments])
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Seconds(wall, cpu)
