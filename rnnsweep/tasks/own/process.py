"""The process that runs a user's file: it is started when needed, and stopped when time is up."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
import weakref
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep import interruption, time_limit

_WORKER = Path(__file__).with_name("worker.py")
# The types of arrays whose bytes follow a reply: those that the worker makes of all numbers.
_SENT = {"bool", "float64", *(f"{u}int{size}" for u in ("", "u") for size in (8, 16, 32, 64))}
# Python and NumPy start in a fraction of a second, unless the machine is very busy.
_START_S = 300.0
# A waiting thread looks for the end of the run and of the process so often.
_TICK_S = 0.1
# Between the end of a process's replies and its own may lie so much.
_END_S = 5.0


class FunctionError(Exception):
    """A user's file, or one of its functions, did not do what it has to.

    Attributes
    ----------
    has_place : bool
        Whether the text begins with the file and the line.
    names : list of str
        The functions that the file has, where the one that was asked for is missing.
    """

    def __init__(
        self, text: str, *, has_place: bool = False, names: list[str] | None = None
    ) -> None:
        super().__init__(text)
        self.has_place = has_place
        self.names = names or []


class TimeUpError(FunctionError):
    """The file did not answer in time."""


class Reply(NamedTuple):
    """An answer of the process: values, and the arrays that a function returned, by name.

    The array of a name is None where it has another type than numbers; `types` has it then.
    """

    values: dict[str, Any]
    arrays: dict[str, NDArray[Any] | None]
    types: dict[str, str]


class FileProcess:
    """A process that runs one file; one request at a time, from any thread.

    Parameters
    ----------
    path : Path
        Names the file in messages and in its own `__file__`.
    source : bytes
        Its content, which is what runs, even if the file changes later.
    limit_s : float
        How long the file may take to load, and each call of a function, in seconds.
    """

    def __init__(self, path: Path, source: bytes, limit_s: float) -> None:
        self._path = path
        self._source = source
        self._limit_s = limit_s
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._load_fault: FunctionError | None = None
        self._replies: SimpleQueue[Reply | None] = SimpleQueue()

    def ask(self, what: str, **request: Any) -> Reply:
        """Return the reply to a request of `worker`; the file is loaded first.

        Raises
        ------
        FunctionError
            The file is wrong, or what it does; or the run was interrupted meanwhile.
        time_limit.TimeUpError
            The trial that asks has exceeded its time limit.
        """
        with time_limit.taken(self._lock):
            if self._load_fault is not None:
                raise self._load_fault
            if self._process is None or self._process.poll() is not None:
                self._start()
                self._load()
            return self._answer(self._limit_s, do=what, **request)

    def end(self) -> None:
        """End the process; the next request starts another one."""
        with self._lock:
            if self._process is not None:
                _end(self._process)

    def _start(self) -> None:
        # A fixed order of sets, so that no result depends on it.
        environment = os.environ | {"PYTHONHASHSEED": "0"}
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", str(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the program alone, which ends this process
            )
        except OSError as error:
            raise FunctionError(f"no process could be started for it: {error.strerror}") from None
        self._process = process
        weakref.finalize(self, _end, process)
        self._replies = SimpleQueue()
        assert process.stdout is not None
        Thread(target=_read_replies, args=(process.stdout, self._replies), daemon=True).start()
        self._answer(_START_S, do="start", sys_path=[str(path) for path in sys.path])

    def _load(self) -> None:
        source = base64.b64encode(self._source).decode()
        try:
            self._answer(self._limit_s, do="load", path=str(self._path.absolute()), source=source)
        except FunctionError as error:
            self._load_fault = error
            raise

    def _answer(self, limit_s: float, **request: Any) -> Reply:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(request | {"limit_s": limit_s}).encode() + b"\n")
            process.stdin.flush()
            reply = self._wait(process, limit_s)
        except BrokenPipeError:
            reply = None
        except BaseException:
            _end(process)
            raise
        if reply is None:
            with suppress(subprocess.TimeoutExpired):  # to say how it ended, if it does
                process.wait(_END_S)
            _end(process)
            raise FunctionError(f"it ended its process ({_how_it_ended(process.returncode)})")
        if "fault" in reply.values:
            raise _error(reply.values)
        return reply

    def _wait(self, process: "subprocess.Popen[bytes]", limit_s: float) -> Reply | None:
        """Return the next reply, or None if the process ends first."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                return self._replies.get(timeout=_TICK_S)
            except Empty:
                if process.poll() is not None:  # copies of it may hold its pipe open
                    _end_group(process)
                    return None
                if interruption.has_come():
                    raise FunctionError("interrupted") from None
                time_limit.check()
                if time.monotonic() > deadline:
                    raise TimeUpError(
                        f"it did not return within {limit_s:g} s, the task_timeout of [run]"
                    ) from None


def _read_replies(stream: BinaryIO, replies: "SimpleQueue[Reply | None]") -> None:
    """Read replies to the end of a process, which is None; a thread of its own does so."""
    with stream, suppress(ValueError, OSError):  # the end may be in the middle of a reply
        for line in stream:
            values = json.loads(line)
            arrays: dict[str, NDArray[Any] | None] = {}
            types: dict[str, str] = {}
            for name, types[name], shape in values.get("arrays", ()):
                is_sent = types[name] in _SENT
                arrays[name] = _read_array(stream, types[name], shape) if is_sent else None
            replies.put(Reply(values, arrays, types))
    replies.put(None)


def _read_array(stream: BinaryIO, dtype: str, shape: list[int]) -> NDArray[Any]:
    array: NDArray[Any] = np.empty(shape, dtype)
    view = array.reshape(-1).view(np.uint8).data
    while view:
        n = stream.readinto(view)  # type: ignore[attr-defined]
        if not n:
            raise OSError
        view = view[n:]
    return array


def _error(values: dict[str, Any]) -> FunctionError:
    has_place = values["line"] is not None
    place = f"{values['file']}, line {values['line']}: " if has_place else ""
    text = f"{place}{values['fault']}"
    return FunctionError(text, has_place=has_place, names=values.get("names"))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process with all that it started, and wait for it."""
    if process.returncode is None:  # else its number may be that of another process by now
        _end_group(process)
        process.kill()
    process.wait()
    assert process.stdin is not None
    with suppress(OSError):  # it may still have something to send
        process.stdin.close()


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """End what a process has started, and the process itself if it runs."""
    if hasattr(os, "killpg"):
        with suppress(OSError):  # all of them have ended
            os.killpg(process.pid, signal.SIGKILL)


def _how_it_ended(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
