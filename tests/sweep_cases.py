"""A sweep file from its text, and what is wrong with it."""

import pytest

from rnnsweep import sweepfile
from rnnsweep.errors import SweepError

# A file that nothing is wrong with; tests change it.
GOOD = """
[task]
name = "adding"
seq_len = 10
[model]
hidden_size = 8
[train]
learning_rate = 0.1
epochs = 3
"""

# One of pydantic's own phrases in a message means that it was not put into words here.
JARGON = ("validation error", "Input should", "type=", "pydantic", "Extra inputs", "errors.")


def load(folder, text, overrides=(), name="sweep.toml"):
    """Write a sweep file, a text or bytes, into a folder, and return the sweep."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return sweepfile.load(folder / name, overrides)


def fault_of(folder, text, overrides=()):
    """Return the message with which a sweep file is refused."""
    with pytest.raises(SweepError) as caught:
        load(folder, text, overrides)
    message = str(caught.value)
    assert message.startswith(str(folder / "sweep.toml"))
    assert caught.value.exit_code == 2
    for phrase in JARGON:
        assert phrase not in message
    return message
