"""One trial: its settings on the way in, its record on the way out."""

import time
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rnnsweep.kernels import training
from rnnsweep.kernels.block import Sequences
from rnnsweep.network.cost import epoch_flops
from rnnsweep.random_streams import SHUFFLING, stream
from rnnsweep.record import EPOCH_COLUMNS, Record, Recording
from rnnsweep.sweepfile import Config, Trial
from rnnsweep.tasks import GeneratedTask, Part
from rnnsweep.time_limit import TimeUpError, time_limit
from rnnsweep.time_limit import check as check_time

from .cpu_type import CPU_TYPE
from .data_cache import DataCache, TrialData, train_part_of
from .failure import reason
from .metrics import Metrics
from .session import Session, lane_order, model_of, objective_of, rates_of, rule_of

# Bounds of one kernel call: orders of the training sequences drawn for it, and arithmetic, so
# that Ctrl-C takes effect within a second or an epoch, in the main thread.
_ORDERS_AT_ONCE = 2**18
_FLOPS_AT_ONCE = 5e9

_RESULT_ALONE = Recording()

_STATUS = {
    training.FINISHED: "complete",
    training.DIVERGED: "diverged",
    training.SOLVED: "solved",
    training.STOPPED: "stopped",
}


def run_trial(
    trial: Trial,
    stop: NDArray[np.int64],
    recording: Recording = _RESULT_ALONE,
    data: DataCache | None = None,
    timeout_s: float = 0.0,
) -> Record | None:
    """Train one trial and return its record.

    Parameters
    ----------
    trial : Trial
    stop : int64 array (1,)
        Another thread ends the trial between two updates by setting it.
    recording : Recording
        What to record in addition to the result; it does not change the result.
    data : DataCache, optional
        Where the trial's data come from; they are made for this trial alone if left out.
    timeout_s : float
        The trial ends between two updates when it has taken this many seconds; 0 is no limit. The
        time in which it waits for data that another thread makes does not count.

    Returns
    -------
    Record or None
        None if another thread ended the trial. An exception becomes a record with the status
        "failed", as exceeding the limit of time does.
    """
    start = time.perf_counter()
    run: _TrialRun | None = None
    data = data or DataCache(0)
    with time_limit(timeout_s, stop) as limit:
        try:
            run = _TrialRun(trial, recording, limit.stop, data)
            record = run.record(start)
        except TimeUpError:
            record = None
        except Exception as error:  # a trial that fails must harm no other
            if stop[0] != 0:  # the end of the run may be why
                return None
            if isinstance(error, MemoryError):
                data.drop_kept()
            return failed_record(trial, reason(error), time.perf_counter() - start)
    if record is not None or stop[0] != 0:
        return record
    state = "its data were not made yet"
    if run is not None:
        state = f"{run.session.epoch} of {trial.config.train.epochs} epochs were done"
    text = f"took longer than trial_timeout = {timeout_s:g} s ({state})"
    return failed_record(trial, text, time.perf_counter() - start, timeout_s)


def failed_record(
    trial: Trial, error: str, wall_s: float, timeout_s: float | None = None
) -> Record:
    """Return the record of a trial that failed; the arguments are fields of `Record`."""
    return Record(
        trial.trial_id,
        trial.config.settings(),
        "failed",
        error=error,
        wall_s=wall_s,
        timeout_s=timeout_s,
    )


class _TrialRun:
    """The training of one trial, some epochs at a time."""

    def __init__(
        self, trial: Trial, recording: Recording, stop: NDArray[np.int64], data: DataCache
    ) -> None:
        config = trial.config
        self.trial = trial
        self.config = config
        self.recording = recording
        self.stop = stop
        self.data: TrialData = data.of(config)
        model = model_of(config)
        objective = objective_of(config.train, config.model.activation)
        self.session = Session(
            model,
            objective,
            rule_of(config, next(iter(self.data.baselines.values()), None)),
            rates_of(config.train),
            self.data.train,
            self.data.val,
            config.seed_init,
        )
        self.scores = config.task.scores
        # Where the task measures an accuracy itself, it replaces that of the kernels.
        has_classes = config.train.loss in ("bce", "cross_entropy")
        self.kernels_measure_accuracy = has_classes and "accuracy" not in self.scores
        self.metrics = Metrics(recording.metrics, model, objective, self.data.val)
        from_kernels = ("accuracy",) if self.kernels_measure_accuracy else ()
        self.extra_columns = (*from_kernels, *self.scores, *self.metrics.columns)

    @cached_property
    def shuffling(self) -> np.random.Generator:
        """The generator from which the orders of the training sequences are drawn."""
        return stream(self.config.seed_order, SHUFFLING)

    def record(self, start: float) -> Record | None:
        """Train, and return the record; None if another thread ended the trial.

        `start` is the moment at which the trial began, on the clock of `time.perf_counter`.
        """
        session = self.session
        end, epochs = self._train()
        if end == training.INTERRUPTED:
            return None
        test_loss, test_accuracy = self._test()
        if self.stop[0] != 0:
            return None
        is_solved = end == training.SOLVED
        keeps_params = self.recording.params and session.best_epoch is not None
        return Record(
            self.trial.trial_id,
            self.config.settings(),
            _STATUS[end],
            epochs=np.concatenate(epochs),
            n_params=session.model.n_params,
            baselines=self.data.baselines,
            best_epoch=session.best_epoch,
            test_loss=test_loss,
            test_baseline=self.data.test_baseline,
            test_accuracy=test_accuracy,
            diverged_epoch=session.epoch - 1 if end == training.DIVERGED else None,
            wall_s=time.perf_counter() - start,
            cpu=CPU_TYPE,
            extra_columns=self.extra_columns,
            updates_to_success=session.n_updates if is_solved else None,
            sequences_to_success=session.n_sequences if is_solved else None,
            params=session.learner.best.copy() if keeps_params else None,
            network=session.model.words() if keeps_params else None,
            encoding=self.config.task.encoding() if keeps_params else {},
        )

    def _train(self) -> tuple[int, list[NDArray[np.float64]]]:
        """Train to the end; return why the training ended, and the rows of its epochs."""
        session, n_epochs = self.session, self.config.train.epochs
        at_once = self._epochs_at_once()
        epochs: list[NDArray[np.float64]] = []
        end = training.FINISHED
        while session.epoch < n_epochs and end == training.FINISHED:
            check_time()
            orders = self._orders(min(at_once, n_epochs - session.epoch))
            end, measured = session.train(orders, self.stop)
            if end == training.INTERRUPTED:
                break
            rows = measured[:, : len(EPOCH_COLUMNS)]
            if self.extra_columns:
                rows = np.concatenate([rows, self._extra(measured)], axis=1)
            epochs.append(rows)
            if end != training.DIVERGED and self._scored_enough(rows[-1]):
                end = training.SOLVED
        return end, epochs

    def _epochs_at_once(self) -> int:
        """Return how many epochs one kernel call may train."""
        if self.scores or self.metrics.columns or self._is_fresh:
            return 1  # Python has work to do between two epochs
        n_time = self.data.mean_length
        n_out = n_time if self.config.model.output == "every" else 1.0
        n_train, n_val = len(self.data.train.lengths), len(self.data.val.lengths)
        flops = epoch_flops(self.session.model.sizes, n_time, n_out, n_train, n_val)
        return max(1, min(_ORDERS_AT_ONCE // n_train, int(_FLOPS_AT_ONCE / flops)))

    @property
    def _is_fresh(self) -> bool:
        """Whether each epoch has new training sequences."""
        task = self.config.task
        return isinstance(task, GeneratedTask) and task.fresh

    def _orders(self, n_epochs: int) -> NDArray[np.int64]:
        """Return the orders (n_epochs, N) of the training sequences in the next epochs.

        Where each epoch has new sequences, they are drawn here.
        """
        session, n_train = self.session, len(self.data.train.lengths)
        if self._is_fresh and session.epoch > 0:
            session.train_part = train_part_of(self.config, session.epoch)
        if self.config.train.stateful:
            return np.tile(lane_order(n_train, session.n_lanes), (n_epochs, 1))
        orders = np.empty((n_epochs, n_train), np.int64)
        orders[:] = np.arange(n_train)
        if n_train > 1:
            for order in orders:
                self.shuffling.shuffle(order)
        return orders

    def _extra(self, measured: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the extra columns of some epochs; NaN where nothing was measured.

        `measured` (n_epochs, N_COLUMNS) are the rows that `Session.train` returned.
        """
        extra = np.full((len(measured), len(self.extra_columns)), np.nan)
        column = int(self.kernels_measure_accuracy)
        extra[:, :column] = measured[:, training.ACCURACY : training.ACCURACY + column]
        if self.scores:
            score = self._score(self.data.val, self.data.val_part)
            extra[0, column : column + len(self.scores)] = [score[name] for name in self.scores]
        if self.metrics.columns:
            share_clipped = float(measured[0, training.SHARE_CLIPPED])
            extra[0, column + len(self.scores) :] = self.metrics.measure(
                self.session.learner.params, share_clipped
            )
        return extra

    def _test(self) -> tuple[float | None, float | None]:
        """Return the test loss and the test accuracy of the params at the best epoch.

        Both are None where there is no best epoch, the accuracy also where none is measured.
        """
        if self.session.best_epoch is None:
            return None, None
        loss = self.session.best_loss(self.data.test, self.stop)
        if self.kernels_measure_accuracy:
            return loss, self.session.share_right
        if "accuracy" in self.scores:
            score = self._score(self.data.test, self.data.test_part, best=True)
            return loss, score["accuracy"]
        return loss, None

    def _score(
        self, sequences: Sequences, part: Part | None, *, best: bool = False
    ) -> dict[str, float]:
        """Return the task's own scores of the outputs for a part of the data."""
        assert part is not None  # kept for every task with scores
        outputs = self.session.outputs(sequences, best=best)
        if self.config.model.output == "last":
            outputs = outputs[:, 0]
        return self.config.task.score(outputs, part)

    def _scored_enough(self, last_row: NDArray[np.float64]) -> bool:
        """Return whether the task's own accuracy meets the success criterion.

        Kernels check the accuracy that they measure themselves.
        """
        threshold = self.config.stop.accuracy_above
        if not threshold or "accuracy" not in self.scores:
            return False
        column = len(EPOCH_COLUMNS) + self.extra_columns.index("accuracy")
        return bool(last_row[column] > threshold)


def seconds_per_update(config: Config, n_updates: int) -> float:
    """Time about `n_updates` updates of a trial, whose kernels are compiled already."""
    data = DataCache(0).of(config)
    batch_size = config.train.batch_size
    n_sequences = min(len(data.train.lengths), n_updates * batch_size)
    updates_per_epoch = -(-n_sequences // batch_size)
    n_epochs = -(-n_updates // updates_per_epoch)
    first_of_val = Sequences(
        data.val.x[:1], data.val.tokens[:1], data.val.y[:1], data.val.lengths[:1], data.val.mask[:1]
    )
    rule = rule_of(config)._replace(
        patience=0, val_loss_below=0.0, accuracy_above=0.0, max_updates=0
    )
    session = Session(
        model_of(config),
        objective_of(config.train, config.model.activation),
        rule,
        np.full(n_epochs, config.train.learning_rate),
        data.train,
        first_of_val,
        config.seed_init,
    )
    # Updates are timed, not the loss of the training part before the first of them.
    session.learner.losses[training.REFERENCE] = np.inf
    orders = np.tile(np.arange(n_sequences), (n_epochs, 1))
    start = time.perf_counter()
    session.train(orders, np.zeros(1, np.int64))
    return (time.perf_counter() - start) / (n_epochs * updates_per_epoch)
