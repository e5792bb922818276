"""Files of data: read for a sweep and for predictions, by the tasks csv, npz and text."""

import bz2
import gzip
import io

import numpy as np

from rnnsweep import SweepError, sweepfile
from rnnsweep.inference.prediction import predict
from rnnsweep.inference.saved import SavedNetwork
from rnnsweep.network.model import Model

SWEEP = """\
[task]
name = "{name}"
path = "data"
{keys}

[model]
hidden_size = 2

[train]
learning_rate = 0.1
epochs = 1
"""
KEYS = {"npz": "", "csv": 'target = "x"\nwindow = 2', "text": "seq_len = 3"}


def npz(compressed=False):
    rng = np.random.default_rng(0)
    file = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(file, x=rng.normal(size=(10, 3, 2)), y=np.arange(10) % 2, lengths=np.full(10, 3))
    return file.getvalue()


CSV = "t,x,note\n" + "".join(f'{i},{i * i % 7}.5,"a ""b"", c"\n' for i in range(30))
SOUND = {
    "npz": npz(),
    "npz, compressed": npz(compressed=True),
    "csv": CSV.encode(),
    "csv, gzip": gzip.compress(CSV.encode(), mtime=0),
    "csv, bzip2": bz2.compress(CSV.encode()),
    "text": ("Ein Text, ä und \r\n.\0" * 9).encode(),
}


def network(name):
    sizes = {"npz": (2, 2, "last"), "csv": (1, 1, "last"), "text": (19, 19, "every")}
    n_in, n_out, output = sizes[name]
    model = Model(input_size=n_in, hidden_size=2, output_size=n_out, output=output)
    settings = {
        "task": name,
        "loss": "mse",
        "task_inputs": '["x"]',
        "task_target": "x",
        "task_window": 2,
        "task_horizon": 1,
    }
    encoding = {"characters": "Ein Text, ä und \r\n.\0", "scaling": {"x": [3.0, 2.0]}}
    return SavedNetwork("t1", settings, model, model.init(seed=0), encoding)


def check_all(folder, name, content):
    """Read a file for a sweep and for predictions; every error has to be a message for a user.

    Returns the messages.
    """
    path = folder / "data"
    path.write_bytes(content)
    sweep = folder / "sweep.toml"
    sweep.write_text(SWEEP.format(name=name, keys=KEYS[name]))
    messages = []
    try:
        sweepfile.load(sweep)[0].config.task.data(0)
    except SweepError as error:
        messages.append(str(error))
        assert "[task]" in messages[0]
    try:
        assert predict(network(name), path).columns
    except SweepError as error:
        messages.append(str(error))
        assert messages[-1].startswith(f"{path}: ")
    for message in messages:
        assert all(len(line) < 1000 for line in message.splitlines())
        assert all(line.isprintable() for line in message.splitlines())
    return messages
