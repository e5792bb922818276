"""Tasks of one's own, from the text of their file."""

import pytest
from pydantic import ValidationError

from rnnsweep.tasks import Sources
from rnnsweep.tasks.own.task import own_task
from rnnsweep.tasks.reading.files import SourceError

MAJORITY = '''
def majority(rng, n, seq_len=11, p=0.5):
    """More ones than zeros?"""
    x = (rng.random((n, seq_len, 1)) < p).astype("float32")
    y = x.sum((1, 2)) > seq_len / 2
    return x, y.astype("int64")
'''


def sources_of(folder, text, limit_s=60.0):
    """Write the file `my.py` into a folder, and return the sources of a sweep there."""
    (folder / "my.py").write_text(text)
    sources = Sources(folder)
    sources.limit_s = limit_s
    return sources


def make(sources, function, **keys):
    """Return the task that a function of `my.py` is."""
    word = f"my.py:{function}"
    values = {"name": word, "n_train": 20, "n_val": 10} | keys
    return own_task(word, sources).model_validate(values, context=sources)


def refused(sources, function, **keys):
    """Return the text with which a function of `my.py` is refused."""
    try:
        with pytest.raises(ValidationError) as caught:
            make(sources, function, **keys)
    except SourceError as error:
        return str(error)
    (fault,) = caught.value.errors()[0]["ctx"]["error"].faults
    assert fault.keys == ("name", *(key for key in keys if not key.startswith("n_")))
    return fault.text
