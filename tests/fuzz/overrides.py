"""Overrides of `--set`, a line each, on files that write their tables in different ways."""

from commandline import TINY

from rnnsweep import sweepfile
from rnnsweep.errors import RnnsweepError

from . import scratch

_INLINE = """\
task = {name = "adding", seq_len = 4}
model.hidden_size = 2
model.cell = "mine"
train = {learning_rate = 0.1, epochs = 2}
[random]
trials = 4
train.clip_norm = {from = 0.1, to = 1.0}
[[zip]]
train.batch_size = [1, 2]
model.num_layers = [1, 2]
[[when]]
if.model.num_layers = 2
train.momentum = [0.1, 0.2]
[cells.mine]
sums = ["z"]
states = ["h"]
equations = "h = act(z)"
"""
SEEDS = [
    b"train.epochs=5",
    b"model.hidden_size=[8, 16]",
    b"seed=[0, 1]\ntrain.learning_rate=0.1",
    b"train.learning_rate={from = 0.001, to = 0.1, num = 4, scale = 'log'}",
    b"grid.model.hidden_size=[8]\nmodel.cell=lstm",
    b"random.trials=20\nrandom.seed=3",
    b"seed_data=[0, 1]\nseed_init=3\nrandom.seed_order=[1, 2]",
    b"random.train.learning_rate={from = 0.1, to = 1}",
    b"model.activation=x * sigmoid(x)",
    b"model.cell=gru\ncell.bias.zr=1.0",
    b"output.save_params=best\nmetrics.grad_norms=true",
    b'task.name="csv"\ntask.path="a.csv"\ntask.inputs=["a", "b"]',
]


def target(content):
    path = scratch.folder() / "sweep.toml"
    lines = content.decode(errors="surrogateescape").split("\n")
    for file in (TINY, _INLINE):
        path.write_text(file)
        try:
            assert sweepfile.load(path, lines)[0].trial_id
        except RnnsweepError as error:
            scratch.check_message(str(error))
