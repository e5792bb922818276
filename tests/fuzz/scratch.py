"""A folder of this process for the files of an input, and what every message has to be."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from rnnsweep.message_text import LONGEST_LINE


@cache
def folder():
    """Return an empty folder that is removed when the process ends."""
    path = Path(tempfile.mkdtemp(prefix="rnnsweep-fuzz-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def check_message(text):
    """Check that a text can be shown on a terminal: lines of some length, nothing else."""
    for line in text.split("\n"):
        assert len(line) <= LONGEST_LINE, f"a line of {len(line)} characters: {line[:200]}"
        assert not any(is_control(letter) for letter in line), f"a control character: {line!r}"


def is_control(letter):
    """Return whether a terminal may act on a character, or show those around it in other places."""
    is_bidirectional = letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return (letter < " " and letter != "\t") or "\x7f" <= letter < "\xa0" or is_bidirectional
