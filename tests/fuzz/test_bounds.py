"""Inputs that ask for more memory or time than there is, in a process with a limit of both."""

import gzip
import io
import resource
import zipfile

import pytest
from commandline import CSV, TINY, ended, start
from numpy.lib import format as npy

LIMIT = 2 * 2**30  # of the address space; the package and its imports take 0.5
CPU_S = 60

AXES = {
    "a grid of 10^12": "train.momentum = {from = 0, to = 0.9, num = 1000000}\n"
    "seed = {from = 0, to = 999999, num = 1000000}",
    "a range of 10^9": "train.learning_rate = {from = 0.1, to = 1, num = 1000000000}",
    "a logarithmic range of 10^12": "model.hidden_size = {from = 1, to = 1000, "
    'num = 1000000000000, scale = "log"}',
    "a range to 2^63": "seed = {from = 0, to = 9223372036854775807, num = 9223372036854775807}",
    "500,000 wrong values": f"train.epochs = [{'-1,' * 500_000}]",
}
TEXTS = {
    **{
        name: f"{TINY.partition('[grid]')[0]}[model]\nhidden_size = 2\n[grid]\n{axes}\n"
        for name, axes in AXES.items()
    },
    "10^12 draws": TINY.replace(
        "[grid]", "[random]\ntrials = 1000000000000\ntrain.momentum = {from = 0, to = 1}\n[grid]"
    ),
    "ties of many dimensions": TINY
    + "".join(f"train.{key} = {{from = 0.1, to = 0.9, num = 1000}}\n" for key in ("l1", "l2"))
    + "train.momentum = {from = 0.1, to = 0.9, num = 1000}\n[[exclude]]\n"
    "train.l1 = 0.1\ntrain.l2 = 0.1\ntrain.momentum = 0.1\n",
    "80,000 unknown keys": TINY + "".join(f"train.a{i} = [1, 2]\n" for i in range(80_000)),
    "a key of 900,000 parts": TINY + "a." * 900_000 + "a = 1",
    "lists a million deep": TINY + f"seed = {'[' * 1_000_000}",
    "a number of a million digits": TINY.replace("0.1", "9" * 1_000_000),
    "a float beyond all exponents": TINY.replace("0.1", "1e999999999"),
    "a name of a million letters": TINY.replace("adding", "a" * 1_000_000),
    "a formula 10,000 deep": TINY
    + f'[model]\nactivation = "{"tanh(" * 1900}x{")" * 1900}"\nhidden_size = 2\n',
    "a text beyond all files": TINY + "#" * 20_000_000,
}


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))


def refused(folder, name="sweep.toml"):
    """Plan a sweep within the limits; return the message with which it is refused."""
    code, output, errors = ended(start("plan", name, cwd=folder, preexec_fn=limited))
    assert (code, output) == (2, ""), errors
    assert len(errors) < 100_000
    return errors


@pytest.mark.parametrize("which", TEXTS)
def test_a_sweep_file_that_asks_for_too_much(tmp_path, which):
    (tmp_path / "sweep.toml").write_text(TEXTS[which])
    refused(tmp_path)


@pytest.mark.parametrize(
    "word",
    [
        "seed={from = 0, to = 999999999999, num = 999999999999}",
        "a." * 60_000 + "a=1",
        "train.epochs=" + "[" * 100_000,
        "task.name=" + "a" * 120_000,
        "train.epochs=" + "9" * 120_000,
    ],
    ids=lambda word: word[:20],
)
def test_an_override_that_asks_for_too_much(tmp_path, word):
    (tmp_path / "sweep.toml").write_text(TINY)
    process = start("plan", "sweep.toml", "--set", word, cwd=tmp_path, preexec_fn=limited)
    code, output, _ = ended(process)
    assert (code, output) == (2, "")


DATA = {
    "a line of 20 MB": b"year,y\n" + b"1" * 20_000_000,
    "5,000,000 columns": b"year,y" + b",a" * 5_000_000 + b"\n1,2\n",
    "a record of 20 MB": b"year,y\n" + b'"\n",' * 5_000_000,
    "a quote that is never closed": b'year,y\n"' + b"1\n" * 10_000_000,
    "a bomb": gzip.compress(b"0\n" * 140_000_000, 1),
}


@pytest.mark.parametrize("which", DATA)
def test_a_csv_file_that_asks_for_too_much(tmp_path, which):
    (tmp_path / "series.csv").write_bytes(DATA[which])
    (tmp_path / "sweep.toml").write_text(CSV)
    assert '[task] path = "series.csv"' in refused(tmp_path)


def test_files_larger_than_what_is_read(tmp_path):
    (tmp_path / "series.csv").touch()
    with (tmp_path / "series.csv").open("rb+") as file:
        file.truncate(2**40)  # holes take no room
    for task, keys in (("csv", 'target = "y"\nwindow = 4'), ("text", "seq_len = 4"), ("npz", "")):
        keys = f'path = "series.csv"\n{keys}'
        (tmp_path / "sweep.toml").write_text(
            f'[task]\nname = "{task}"\n{keys}\n[model]\nhidden_size = 2\n[train]\n'
            "learning_rate = 0.1\nepochs = 1\n"
        )
        assert "the most that is read" in refused(tmp_path)
    code, output, errors = ended(start("plan", "series.csv", cwd=tmp_path, preexec_fn=limited))
    assert (code, output) == (2, "")
    assert "this is no sweep: it has more than" in errors


def npz(write_array):
    """Return an npz file with arrays x and y."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in ("x.npy", "y.npy"):
            with archive.open(name, "w", force_zip64=True) as member:
                write_array(member)
    return file.getvalue()


def array(shape, n_bytes, descr="<f8"):
    def write(member):
        header = {"descr": descr, "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(member, header)
        for _ in range(n_bytes >> 20):
            member.write(bytes(2**20))

    return write


ARRAYS = {
    "10 GB by its header": npz(array((10**7, 10, 12), 2**20)),
    "a shape of 2^80": npz(array((2**40, 2**40), 2**20)),
    "a bomb": npz(array((2**26 + 1,), 2**29 + 2**20)),
}


@pytest.mark.parametrize("which", ARRAYS)
def test_arrays_that_ask_for_too_much(tmp_path, which):
    (tmp_path / "data.npz").write_bytes(ARRAYS[which])
    (tmp_path / "sweep.toml").write_text(
        '[task]\nname = "npz"\npath = "data.npz"\n[model]\nhidden_size = 2\n[train]\n'
        "learning_rate = 0.1\nepochs = 1\n"
    )
    assert '[task] path = "data.npz"' in refused(tmp_path)
