"""The words that a sweep file may use, each with a line that says what it means."""

from typing import NamedTuple

from rnnsweep.declarations import declared_lines


class Word(NamedTuple):
    """What the package says about a word of the sweep file."""

    line: str


Words = dict[str, Word]


def _words(**lines: str) -> Words:
    return {name: Word(line) for name, line in lines.items()}


# The keys of the random draws, which a file has above its tables, in the order of trials: the last
# varies fastest. Each but the first takes the value of the first by default.
SEEDS = ("seed", "seed_data", "seed_init", "seed_order")

# What a network's forecasts of a series are compared with.
MEAN, PERSISTENCE, SEASONAL_NAIVE = "mean", "persistence", "seasonal_naive"
# The forecasts of drawn sequences are for the first so many of each part: a longer file says no
# more, and would cost a run of large parts minutes.
MOST_SEQUENCES = 4096

ACTIVATIONS = _words(**declared_lines("activation", "activations.py"))

OUTPUT_ACTIVATIONS = {name: ACTIVATIONS[name] for name in ("identity", "sigmoid")}

OUTPUTS = _words(
    last="one output for each sequence, from its last time step",
    every="one output at every time step",
)

LOSSES = _words(**declared_lines("loss", "losses.py"))

OPTIMIZERS = _words(**declared_lines("optimizer", "optimizers.py"))

SCHEDULES = _words(
    constant="the learning rate itself in every epoch",
    step="multiplied by decay after every decay_every epochs",
    exponential="multiplied by decay after every epoch",
    cosine="falls along half a cosine from the learning rate to 0 over all epochs",
)

# The form of a task's name that is no fixed word, and its line.
OWN_TASK = "FILE.py:FUNCTION"
OWN_TASK_LINE = "sequences that a function of your own draws; its parameters are keys"

GRADIENTS = _words(
    bptt="exact backpropagation through time",
    notebook="the notebook's rule: the last hidden state in place of every h_t and h_{t-1}",
    truncated="backpropagation that stops at the start of each window of `truncation` time steps",
)

# How one matrix is drawn. Its bias is 0, except with "torch".
MATRICES = _words(
    torch="U(+-1/sqrt(H)), also the bias, as PyTorch's nn.RNN (it has two biases) and nn.Linear",
    glorot="uniform, +-sqrt(6 / (rows + columns)) (Glorot and Bengio 2010)",
    he="normal with variance 2 / rows (He et al. 2015)",
    orthogonal="orthogonal rows or columns, whichever are fewer (Saxe et al. 2014)",
    identity="the identity; square matrices only",
    normal="normal with standard deviation init_std",
    notebook="0.01 U[0, 1)",
)

INITIALIZATIONS = _words(
    torch="everything U(+-1/sqrt(H)), as PyTorch's nn.Linear and nn.RNN, but one bias for its two",
    glorot="weights Glorot uniform, biases 0",
    orthogonal="W_hh orthogonal, other weights Glorot uniform, biases 0 (as Keras)",
    identity="W_hh = I, other weights N(0, 0.001^2), biases 0 (IRNN, Le et al. 2015)",
    normal="weights N(0, init_std^2), biases 0",
    notebook="weights 0.01 U[0, 1), biases 0",
    he="weights N(0, 2 / rows), biases 0 (He et al. 2015)",
)

# What constrains every recurrent matrix W, and what is learned in its place.
RECURRENT = _words(
    free="no constraint: W is learned",
    dale="Dale's law: row j of W is |V_j|, or -|V_j| where unit j inhibits (Song et al. 2016)",
    antisymmetric="W = V - V^T - antisymmetric_gamma I (Chang et al. 2019)",
    orthogonal="W = (I + A)^-1 (I - A) with A = V - V^T (Helfrich et al. 2018)",
    low_rank="W = M N with M (H, rank) and N (rank, H)",
)

DTYPES = _words(float32="single precision, which is faster", float64="double precision")

SAVED_PARAMS = _words(
    none="no params are saved",
    best="those of the best trial of the sweep, at its best epoch",
    all="those of every trial, at its best epoch",
)

EPOCHS_FILES = _words(
    csv="epochs.csv, which every program reads",
    parquet="epochs.parquet instead, a quarter of the size; needs pyarrow",
)
