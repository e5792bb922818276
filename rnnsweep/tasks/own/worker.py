"""Runs the functions of one user's file in a process of its own: a script, which nothing imports.

So the file can be stopped, whatever it does, and changes nothing in the program. The script imports
nothing of rnnsweep. It answers one request after the other; a request is a line of JSON, a reply is
a line of JSON and then the bytes of the arrays that it lists:

    {"do": "start", "sys_path": [...]}  ->  {}
    {"do": "load", "path": ..., "source": ...}  ->  {}
    {"do": "describe", "function": ...}  ->  {"parameters": [...], "line": ..., "text": ...}
    {"do": "call", "function": ..., "keywords": ..., "entropy": ..., "state": ..., "n": ...}
        ->  {"arrays": [[name, dtype, shape], ...], "numbers": {...}, "changed": ...}

Each also has "limit_s", the seconds that it may take. Where something is wrong, the reply is
{"fault": text, "file": name, "line": number}; both places may be null.
"""

import base64
import inspect
import json
import os
import pickle
import queue
import random
import signal
import sys
import threading
import traceback
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

# Another name than the file's own: a file `random.py` would take the place of Python's module.
_MODULE = "rnnsweep_task_file"
_TYPES = (bool, int, float, str)
_IN_ORDER = ("x", "y", "lengths")
_NUMBERS = ("baseline", "n_classes", "n_symbols")
_SENT = "biuf"  # kinds of arrays whose bytes follow a reply
# Seconds after its time at which the system ends a call.
_GRACE_S = 10


class WrongError(Exception):
    """What a file has or returns is wrong; the text says what, `names` what it has instead."""

    def __init__(self, text: str, names: list[str] | None = None) -> None:
        super().__init__(text)
        self.names = names or []


class File:
    """The user's file; the requests to start and to load it come first."""

    def __init__(self) -> None:
        self._module = types.ModuleType(_MODULE)
        self._path = self._folder = ""

    def answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
        """Return the reply to a request, and the arrays whose bytes belong to it."""
        if request["do"] == "start":
            sys.path[:] = request["sys_path"]  # modules are found where the program finds them
            import numpy as np  # noqa: F401  # before the time of the file starts

            return {}, []
        if request["do"] == "load":
            self.load(request["path"], base64.b64decode(request["source"]))
            return {}, []
        if request["do"] == "describe":
            return self.describe(request["function"]), []
        rng = _generator(request["entropy"], request["state"])
        return self.call(request["function"], rng, request["n"], request["keywords"])

    def load(self, path: str, source: bytes) -> None:
        """Run the file, as an import would."""
        self._path, self._folder = path, os.path.dirname(path)  # noqa: PTH120
        sys.path.insert(0, self._folder)  # the file may import others in its folder
        self._module.__file__ = path
        sys.modules[_MODULE] = self._module
        before = _global_generators()
        exec(compile(source, path, "exec", dont_inherit=True), self._module.__dict__)
        if changed := _changed(before):
            raise WrongError(
                f"it draws from {changed} while it is loaded, or seeds it, so that its arrays "
                "would depend on what else runs; make a generator of your own, as in "
                "numpy.random.default_rng(0)"
            )

    def describe(self, name: str) -> dict[str, Any]:
        """Return what the keys of a function follow from."""
        function = self._function(name)
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            raise WrongError(
                f"the parameters of {name} cannot be read; write it with def"
            ) from None
        code = getattr(inspect.unwrap(function), "__code__", None)
        return {
            "parameters": [_parameter(each) for each in signature.parameters.values()],
            "line": code.co_firstlineno if code and code.co_filename == self._path else None,
            "text": inspect.getdoc(function) or "",
        }

    def call(
        self, name: str, rng: Any, n: int, keywords: dict[str, Any]
    ) -> tuple[dict[str, Any], list[Any]]:
        """Return the reply to a call, and the arrays whose bytes belong to it."""
        import numpy as np

        before = _global_generators()
        result = self._function(name)(rng=rng, n=n, **keywords)
        changed = _changed(before)
        arrays, numbers = {}, {}
        for key, value in _named(result):
            if key in _NUMBERS and np.ndim(value) == 0:
                numbers[key] = _number(key, value)
            else:
                arrays[key] = _array(key, value)
        described = [[key, str(array.dtype), array.shape] for key, array in arrays.items()]
        reply = {"arrays": described, "numbers": numbers, "changed": changed}
        return reply, [array for array in arrays.values() if array.dtype.kind in _SENT]

    def place(self, error: BaseException) -> tuple[str | None, int | None]:
        """Return the file, of those in the folder, and the line at which an error was raised."""
        if isinstance(error, SyntaxError) and error.filename == self._path:
            return os.path.basename(self._path), error.lineno  # noqa: PTH119
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if os.path.dirname(f.filename) == self._folder]  # noqa: PTH120
        if not own:
            return None, None
        return os.path.basename(own[-1].filename), own[-1].lineno  # noqa: PTH119

    def _function(self, name: str) -> Any:
        names = [
            key
            for key, value in vars(self._module).items()
            if callable(value) and getattr(value, "__module__", None) == _MODULE
        ]
        if name not in vars(self._module):
            shown = name if name.isidentifier() else repr(name)  # a space is seen in quotes
            raise WrongError(f"it has no function {shown}", names)
        function = getattr(self._module, name)
        plain = inspect.unwrap(function) if callable(function) else function
        what = ""
        if isinstance(function, type):
            what = "is a class"
        elif not callable(function):
            what = f"is no function, but of type {type(function).__name__}"
        elif inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain):
            what = 'is an "async def"'
        elif inspect.isgeneratorfunction(plain):
            what = 'is a generator: it has "yield"'
        if what:
            raise WrongError(f"{name} {what}; needed: a function that returns its arrays")
        return function


def _generator(entropy: list[int], state: dict[str, Any]) -> Any:
    """Return a generator of this state; those that it spawns depend on the entropy."""
    import numpy as np

    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    rng.bit_generator.state = state
    return rng


def _parameter(parameter: inspect.Parameter) -> dict[str, Any]:
    """Return a parameter as JSON; the type of its default is a word, as that of its annotation."""
    default, annotation = parameter.default, parameter.annotation
    described: dict[str, Any] = {"name": parameter.name, "kind": parameter.kind.name}
    if annotation is not parameter.empty:
        words = {one: one.__name__ for one in _TYPES}
        is_word = isinstance(annotation, str) or annotation not in words
        described["annotation"] = str(annotation) if is_word else words[annotation]
    if default is not parameter.empty:
        kinds = [one for one in _TYPES if isinstance(default, one)]
        described["default_type"] = kinds[0].__name__ if kinds else type(default).__name__
        described["default"] = kinds[0](default) if kinds else repr(default)[:100]
    return described


def _named(result: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a function returned by name."""
    if isinstance(result, dict):
        named = result
    elif isinstance(result, tuple | list) and len(result) in (2, 3):
        named = dict(zip(_IN_ORDER, result, strict=False))
    else:
        what = "nothing" if result is None else f"a value of type {type(result).__name__}"
        if isinstance(result, tuple | list):
            what += f" with {len(result)} items"
        raise WrongError(
            f"it returns {what}; needed: x, y, or x, y, lengths, or a dict with these names"
        )
    for name, value in named.items():
        if not isinstance(name, str):
            raise WrongError(f"it returns a dict with the key {name!r:.60}; needed: names")
        if value is not None:
            yield name, value


def _number(name: str, value: Any) -> float | int:
    import numpy as np

    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise WrongError(f'"{name}" is {value!r:.60}; needed: a number')
    return float(array) if array.dtype.kind == "f" else int(array)


def _array(name: str, value: Any) -> Any:
    import numpy as np

    if np.ma.isMaskedArray(value):
        raise WrongError(f'"{name}" is a masked array, whose mask would be lost; fill it')
    try:
        array = np.asarray(value)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise WrongError(f'"{name}" is no array of one shape: {what:.200}') from None
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # a number too large for float64 becomes inf
            array = array.astype(np.float64)
    elif array.dtype.kind in _SENT:
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
    else:
        return array
    return np.ascontiguousarray(array).reshape(array.shape)


def _global_generators() -> dict[str, bytes]:
    import numpy as np

    return {
        "numpy's global generator": pickle.dumps(np.random.get_state()),  # noqa: NPY002
        "the global generator of random": pickle.dumps(random.getstate()),
    }


def _changed(before: dict[str, bytes]) -> str | None:
    """Return which of the global generators has changed, or None."""
    after = _global_generators()
    return next((name for name, state in before.items() if state != after[name]), None)


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # a user's error may fail to say what it is
        text = ""
    if isinstance(error, SyntaxError):
        text = error.msg or text
        if error.offset:
            text += f" (column {error.offset})"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _fault(error: BaseException, file: File) -> dict[str, Any]:
    """Return the reply that an error is."""
    if isinstance(error, WrongError):
        return {"fault": str(error), "file": None, "line": None, "names": error.names}
    name, line = file.place(error)
    return {"fault": _text(error), "file": name, "line": line}


@contextmanager
def _ended_by_the_system(limit_s: float) -> Iterator[None]:
    """Let the system end this process if a call goes on long after its time.

    Nobody else does so where the program was killed and C code holds Python's lock.
    """
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(limit_s) + _GRACE_S)
    yield
    if hasattr(signal, "alarm"):
        signal.alarm(0)


def _read_requests(requests: BinaryIO, waiting: "queue.SimpleQueue[Any]") -> None:
    for line in requests:
        waiting.put(json.loads(line))
    # The program has ended: what runs is of no use to anybody, nor is what it started.
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def main() -> None:
    """Answer requests until the program that sends them ends."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What the file prints goes to standard error, also from C; it has nothing to read.
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read_requests, args=(requests, waiting), daemon=True).start()
    file, pid = File(), os.getpid()
    while True:
        request = waiting.get()
        with _ended_by_the_system(request["limit_s"]):
            arrays: list[Any] = []
            try:
                reply, arrays = file.answer(request)
            except BaseException as error:  # whatever a user's file raises, SystemExit as well
                reply = _fault(error, file)
            with suppress(AttributeError, OSError, ValueError):  # the file may have closed it
                sys.stdout.flush()
        if os.getpid() != pid:  # a copy that the function made of this process
            os._exit(0)
        replies.write(json.dumps(reply).encode() + b"\n")
        for array in arrays:
            replies.write(array.data if array.size else b"")
        replies.flush()


if __name__ == "__main__":
    main()
