"""How long a trial takes, roughly, told from its settings alone."""

from math import ceil

from rnnsweep.network.cost import epoch_flops
from rnnsweep.network.layout import Sizes
from rnnsweep.record import Wanted
from rnnsweep.sweepfile import Config
from rnnsweep.tasks import GeneratedTask

# Rates of one thread, measured over hidden sizes of 3 to 128 (``python -m benchmarks.steps``).
_TRIAL_S, _UPDATE_S, _STATE_S, _FLOPS_A_SECOND = 1e-4, 3e-6, 1e-9, 2e11
# Of an epoch after which Python measures something.
_MEASURING_S = 5e-4


def trial_seconds(config: Config, wanted: Wanted) -> float:
    """Return roughly what a trial takes on one thread: enough to tell long ones from short.

    At most that: it may stop before its last epoch.
    """
    model, train, task = config.model, config.train, config.task
    shape = task.shape(model.output)
    sizes = Sizes(
        shape.input_size, model.hidden_size, shape.output_size, model.cell, model.num_layers
    )
    n_updates = ceil(shape.n_train / train.batch_size)
    n_epochs = train.epochs
    if config.stop.max_updates:
        n_epochs = min(n_epochs, ceil(config.stop.max_updates / n_updates))
    n_out = shape.seq_len if model.output == "every" else 1
    flops = epoch_flops(sizes, shape.seq_len, n_out, shape.n_train, shape.n_val)
    time_steps = (shape.n_train + shape.n_val) * shape.seq_len
    states = time_steps * sizes.layers * sizes.gates * sizes.hidden
    seconds = n_updates * _UPDATE_S + states * _STATE_S + flops / _FLOPS_A_SECOND
    if wanted.metrics or task.scores or (isinstance(task, GeneratedTask) and task.fresh):
        seconds += _MEASURING_S
    return _TRIAL_S + n_epochs * seconds
