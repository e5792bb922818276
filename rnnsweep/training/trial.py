"""One trial: task, model and training rule -> a record."""

import time
import traceback
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnsweep.kernels import training
from rnnsweep.kernels.block import Sequences
from rnnsweep.network.cost import epoch_flops
from rnnsweep.random_streams import SHUFFLING, stream
from rnnsweep.record import EPOCH_COLUMNS, Record, Wanted
from rnnsweep.sweepfile import Config, Trial
from rnnsweep.tasks import GeneratedTask, Part

from .data_cache import Data, SharedData, train_part_of
from .metrics import Metrics
from .session import Training, lane_order, model_of, objective_of, rates_of, rule_of

# Bounds of one kernel call: orders of the training sequences drawn for it, and arithmetic, so
# that Ctrl-C is heard in the main thread within a second or an epoch.
_ORDERS_AT_ONCE = 2**18
_FLOPS_AT_ONCE = 5e9

_NOTHING = Wanted()

_STATUS = {
    training.FINISHED: "complete",
    training.DIVERGED: "diverged",
    training.SOLVED: "solved",
    training.STOPPED: "stopped",
}


def run_trial(
    trial: Trial,
    stop: NDArray[np.int64],
    wanted: Wanted = _NOTHING,
    data: SharedData | None = None,
) -> Record | None:
    """Train one trial.

    Parameters
    ----------
    trial : Trial
    stop : int64 array (1,)
        Another thread ends the trial between two updates by setting it.
    wanted : Wanted
        What to record beside the result; it changes nothing of that.
    data : SharedData, optional
        Where to ask for the trial's data; made for this trial alone if left out.

    Returns
    -------
    Record or None
        None if it was stopped. An exception is recorded as status ``failed``.
    """
    start = time.perf_counter()
    try:
        return _Run(trial, wanted, stop, data or SharedData(0)).record(start)
    except Exception as error:  # a trial that fails must harm no other
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Record(
            trial.trial_id,
            trial.config.settings(),
            "failed",
            error=f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})",
            wall_s=time.perf_counter() - start,
        )


class _Run:
    """The training of one trial, epoch by epoch."""

    def __init__(
        self, trial: Trial, wanted: Wanted, stop: NDArray[np.int64], data: SharedData
    ) -> None:
        config = trial.config
        self.trial = trial
        self.config = config
        self.wanted = wanted
        self.stop = stop
        self.data: Data = data.of(config)
        model, objective = model_of(config), objective_of(config.train)
        self.training = Training(
            model,
            objective,
            rule_of(config, next(iter(self.data.baselines.values()), None)),
            rates_of(config.train),
            self.data.train,
            self.data.val,
            config.seed,
        )
        scores = config.task.scores
        # A task's own accuracy stands in for the kernels'.
        counts_right = config.train.loss in ("bce", "cross_entropy")
        self.has_accuracy = counts_right and "accuracy" not in scores
        self.metrics = Metrics(wanted.metrics, model, objective, self.data.val)
        own = ("accuracy",) if self.has_accuracy else ()
        self.columns = (*own, *scores, *self.metrics.columns)
        self.scores = scores

    @cached_property
    def shuffling(self) -> np.random.Generator:
        """What the orders of the training sequences are drawn from."""
        return stream(self.config.seed, SHUFFLING)

    def record(self, start: float) -> Record | None:
        """Train, and return the record; None if another thread ended it."""
        run, epochs = self.training, self.config.train.epochs
        at_once = self._epochs_at_once()
        parts: list[NDArray[np.float64]] = []
        end = training.FINISHED
        while run.epoch < epochs and end == training.FINISHED:
            orders = self._orders(min(at_once, epochs - run.epoch))
            end, rows = run.train(orders, self.stop)
            if end == training.INTERRUPTED:
                return None
            part = rows[:, : len(EPOCH_COLUMNS)]
            if self.columns:
                part = np.concatenate([part, self._extra(rows)], axis=1)
            parts.append(part)
            if end != training.DIVERGED and self._scored_enough(part[-1]):
                end = training.SOLVED
        test_loss, test_accuracy = self._tested()
        if self.stop[0] != 0:
            return None
        solved = end == training.SOLVED
        keeps = self.wanted.params and run.best_epoch is not None
        return Record(
            self.trial.trial_id,
            self.config.settings(),
            _STATUS[end],
            epochs=np.concatenate(parts),
            n_params=run.model.n_params,
            baselines=self.data.baselines,
            best_epoch=run.best_epoch,
            test_loss=test_loss,
            test_baseline=self.data.test_baseline,
            test_accuracy=test_accuracy,
            diverged_epoch=run.epoch - 1 if end == training.DIVERGED else None,
            wall_s=time.perf_counter() - start,
            extra_columns=self.columns,
            updates_to_success=run.n_updates if solved else None,
            sequences_to_success=run.n_sequences if solved else None,
            params=run.learner.best.copy() if keeps else None,
            network=run.model.words() if keeps else None,
            encoding=self.config.task.encoding() if keeps else {},
        )

    def _epochs_at_once(self) -> int:
        """Return how many epochs one kernel call may train."""
        if self.scores or self.metrics.columns or self._is_fresh:
            return 1  # something is to be done between two epochs
        n_time = self.data.mean_length
        n_out = n_time if self.config.model.output == "every" else 1.0
        n_train, n_val = len(self.data.train.lengths), len(self.data.val.lengths)
        flops = epoch_flops(self.training.model.sizes, n_time, n_out, n_train, n_val)
        return max(1, min(_ORDERS_AT_ONCE // n_train, int(_FLOPS_AT_ONCE / flops)))

    @property
    def _is_fresh(self) -> bool:
        task = self.config.task
        return isinstance(task, GeneratedTask) and task.fresh

    def _orders(self, n_epochs: int) -> NDArray[np.int64]:
        """Return the orders (n_epochs, N) of the training sequences, and draw these if need be."""
        run, n_train = self.training, len(self.data.train.lengths)
        if self._is_fresh and run.epoch > 0:
            run.train_part = train_part_of(self.config, run.epoch)
        if self.config.train.stateful:
            return np.tile(lane_order(n_train, run.n_lanes), (n_epochs, 1))
        orders = np.empty((n_epochs, n_train), np.int64)
        orders[:] = np.arange(n_train)
        if n_train > 1:
            for order in orders:
                self.shuffling.shuffle(order)
        return orders

    def _extra(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the further columns of these epochs, NaN where nothing was measured."""
        extra = np.full((len(rows), len(self.columns)), np.nan)
        at = int(self.has_accuracy)
        extra[:, :at] = rows[:, training.ACCURACY : training.ACCURACY + at]
        if self.scores:
            found = self._score(self.data.val, self.data.val_part)
            extra[0, at : at + len(self.scores)] = [found[name] for name in self.scores]
        if self.metrics.columns:
            clipped = float(rows[0, training.SHARE_CLIPPED])
            measured = self.metrics.measure(self.training.learner.params, clipped)
            extra[0, at + len(self.scores) :] = measured
        return extra

    def _tested(self) -> tuple[float | None, float | None]:
        """Return loss and accuracy of the params at the best epoch on the test part.

        Each is None where there is none.
        """
        if self.training.best_epoch is None:
            return None, None
        loss = self.training.best_loss(self.data.test, self.stop)
        if self.has_accuracy:
            return loss, self.training.share_right
        if "accuracy" in self.scores:
            own = self._score(self.data.test, self.data.test_part, best=True)
            return loss, own["accuracy"]
        return loss, None

    def _score(
        self, sequences: Sequences, part: Part | None, *, best: bool = False
    ) -> dict[str, float]:
        """Return the task's own measures of the outputs for a part of the data."""
        assert part is not None  # kept for every task with scores
        outputs = self.training.outputs(sequences, best=best)
        if self.config.model.output == "last":
            outputs = outputs[:, 0]
        return self.config.task.score(outputs, part)

    def _scored_enough(self, last: NDArray[np.float64]) -> bool:
        """Return whether the task's own accuracy meets the criterion; kernels look at theirs."""
        wanted = self.config.stop.accuracy_above
        if not wanted or "accuracy" not in self.scores:
            return False
        return bool(last[len(EPOCH_COLUMNS) + self.columns.index("accuracy")] > wanted)


def seconds_an_update(config: Config, n_updates: int) -> float:
    """Time about `n_updates` updates of a trial; the kernels are compiled already."""
    data = SharedData(0).of(config)
    batch_size = config.train.batch_size
    n_sequences = min(len(data.train.lengths), n_updates * batch_size)
    updates_an_epoch = -(-n_sequences // batch_size)
    n_epochs = -(-n_updates // updates_an_epoch)
    one = Sequences(data.val.x[:1], data.val.tokens[:1], data.val.y[:1], data.val.lengths[:1])
    rule = rule_of(config)._replace(
        patience=0, val_loss_below=0.0, accuracy_above=0.0, max_updates=0
    )
    rates = np.full(n_epochs, config.train.learning_rate)
    run = Training(
        model_of(config), objective_of(config.train), rule, rates, data.train, one, config.seed
    )
    run.learner.losses[training.REFERENCE] = np.inf  # updates are timed, not what comes before
    orders = np.tile(np.arange(n_sequences), (n_epochs, 1))
    start = time.perf_counter()
    run.train(orders, np.zeros(1, np.int64))
    return (time.perf_counter() - start) / (n_epochs * updates_an_epoch)
