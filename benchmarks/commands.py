"""Times and memory of whole commands."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import NamedTuple


class Seconds(NamedTuple):
    """Times of a command with its child processes."""

    wall: float
    cpu: float  # of user and system


class Usage(NamedTuple):
    """What a command took, with its child processes, and how it ended."""

    wall_s: float
    cpu_s: float
    peak_mb: float  # the largest memory of one process, in 10^6 bytes
    exit_code: int
    stdout: str
    stderr: str


def usage_of(
    module: str, arguments: list[str], environment: Mapping[str, str] | None = None
) -> Usage:
    """Run `python -m module`, and return what it took."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=os.environ | dict(environment or {}),
        )
        _, status, used = os.wait4(process.pid, 0)  # the usage of this child alone
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (stdout, stderr):
            file.seek(0)
            texts.append(file.read().decode())
    unit = 1 if sys.platform == "darwin" else 1024
    cpu = used.ru_utime + used.ru_stime
    return Usage(wall, cpu, used.ru_maxrss * unit / 1e6, process.returncode, *texts)


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
    usage = usage_of(module, arguments, environment)
    if usage.exit_code != exit_code:
        command = " ".join([module, *arguments])
        raise RuntimeError(f"{command} ended with {usage.exit_code}:\n{usage.stderr}")
    return Seconds(usage.wall_s, usage.cpu_s)
