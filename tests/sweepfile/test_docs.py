"""The examples of the page on the sweep file do what the page says."""

import re
import tomllib
from pathlib import Path

import tomlkit

from rnnsweep import sweepfile

PAGE = (Path(__file__).parents[2] / "docs" / "sweep-file.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
N_WHOLE = 4 * 4 * 3


def merged(one, other):
    both = {key: merged(one[key], other[key]) for key in one if isinstance(other.get(key), dict)}
    return {**one, **other, **both}


def count(folder, example):
    """The trials of an example; one that is no whole file is added to the first one."""
    document = tomllib.loads(example)
    if "task" not in document:
        whole = tomllib.loads(EXAMPLES[0])
        document = merged(whole, document)
    path = folder / "example.toml"
    path.write_text(tomlkit.dumps(document))
    return len(sweepfile.load(path))


def test_every_example_of_the_page_is_right(tmp_path):
    counts = [count(tmp_path, example) for example in EXAMPLES]
    assert counts == [
        N_WHOLE,
        5 * 5 * N_WHOLE,  # the seeds
        N_WHOLE,  # the network at the start
        N_WHOLE,  # constraints on the recurrent weights
        (2 + 2) * N_WHOLE,  # a cell of one's own
        N_WHOLE,  # an update
        N_WHOLE,  # [stop], [metrics], [output]
        3 * N_WHOLE,  # [[zip]]
        50 * N_WHOLE,  # [random]
        N_WHOLE - 2 * 1 * 3,  # [[exclude]]
        (2 + 1) * N_WHOLE,  # [[when]]
        (3 + 2) * N_WHOLE,  # two [[when]]
        2 + 2,  # tasks
    ]
