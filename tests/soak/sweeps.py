"""The sweeps that are killed: of short trials, so that much happens between two of them."""

from typing import NamedTuple


class Soaked(NamedTuple):
    """A sweep file, and the files that it reads: the name and the text of each."""

    text: str
    files: tuple[tuple[str, str], ...] = ()


# Half of the trials diverge; the initial weights are orthogonal, which calls a BLAS.
_PLAIN = """\
[task]
name = "adding"
seq_len = 8
n_train = 64
n_val = 32

[model]
init = "orthogonal"

[train]
batch_size = 8
epochs = 20

[grid]
model.hidden_size = [4, 8]
train.learning_rate = [0.05, 1e6]
seed = {from = 0, to = 14, num = 15}
"""

# Metrics of every kind, the params of every trial, seeds apart, and epochs as a Parquet file.
_PARQUET = """\
[task]
name = "adding"
seq_len = 6
n_train = 32
n_val = 16

[train]
learning_rate = 0.1
epochs = 10

[metrics]
grad_norms = true
saturation = true
spectral_radius = true

[output]
save_params = "all"
epochs = "parquet"

[grid]
model.hidden_size = [3, 5]
seed_data = {from = 0, to = 4, num = 5}
seed_init = [0, 1, 2]
"""

# Random draws, a criterion of success, and the params of the best trial alone.
_RANDOM = """\
[task]
name = "adding"
seq_len = 5
n_train = 64
n_val = 32

[train]
epochs = 15

[stop]
val_loss_below = 0.05

[output]
save_params = "best"

[random]
trials = 40
train.learning_rate = {from = 0.001, to = 1.0, scale = "log"}
model.hidden_size = {from = 2, to = 12}
"""

# A text whose state passes from window to window, with an accuracy.
_TEXT = """\
[task]
name = "text"
path = "words.txt"
seq_len = 10

[model]
hidden_size = 8

[train]
stateful = true
batch_size = 2
epochs = 4

[grid]
train.learning_rate = [0.01, 0.1, 1.0]
seed = {from = 0, to = 9, num = 10}
"""
# A series with a forecast, of the best trial's params.
_SERIES = """\
[task]
name = "csv"
path = "series.csv"
target = "level"
window = 6
season = 7
time = "day"
val_fraction = 0.2
test_fraction = 0.2

[model]
hidden_size = 6

[train]
epochs = 6

[grid]
train.learning_rate = [0.01, 0.1]
seed = {from = 0, to = 14, num = 15}
"""
_LEVELS = "day,level\n" + "".join(f"{day},{day % 7 + day * day % 5}\n" for day in range(160))

_WORDS = "the cat sat on the mat, and the dog sat on the cat. " * 20

SWEEPS = {
    "plain": Soaked(_PLAIN),
    "parquet": Soaked(_PARQUET),
    "random": Soaked(_RANDOM),
    "text": Soaked(_TEXT, (("words.txt", _WORDS),)),
    "series": Soaked(_SERIES, (("series.csv", _LEVELS),)),
}
