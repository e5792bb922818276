"""How long a run still takes, on a simulated clock."""

import heapq
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnsweep.execution import time_left
from rnnsweep.execution.time_left import TimeLeft, Work


class Clock:
    """Replaces `time` and the number of the thread; the simulation moves it."""

    def __init__(self):
        self.now, self.thread = 1e9, 0

    def time(self):
        return self.now


def simulated(trials, jobs, *, order=True):
    """Run trials (predicted, taken) on a simulated clock, the longest predicted first.

    Returns the seconds the run took, and after each trial that ended (moment, seconds left).
    """
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time_left, "time", SimpleNamespace(time=clock.time))
        patch.setattr(time_left, "get_ident", lambda: clock.thread)
        left = TimeLeft(sum(predicted for predicted, _ in trials), jobs)
        waiting = sorted(trials, reverse=True) if order else list(trials)
        waiting.reverse()
        running, estimates, start = [], [], clock.now
        for thread in range(jobs):
            heapq.heappush(running, (start, thread, None))
        while running:
            clock.now, clock.thread, taken = heapq.heappop(running)
            if taken is not None:
                left.end(taken)
            if waiting:
                predicted, taken = waiting.pop()
                left.begin(predicted)
                heapq.heappush(running, (clock.now + taken, clock.thread, taken))
            estimates.append((clock.now - start, left.seconds()))
        return clock.now - start, estimates


@given(
    st.lists(st.floats(0.01, 1000), min_size=30, max_size=200),
    st.floats(0.05, 20),
    st.sampled_from([1, 2, 7]),
)
@settings(max_examples=60)
def test_estimates_are_right_to_a_fifth_if_predictions_are_right_up_to_a_factor(
    seconds, factor, jobs
):
    trials = [(s / factor, s) for s in seconds]
    whole, estimates = simulated(trials, jobs)
    for moment, left in estimates:
        true = whole - moment
        # The last to run leave threads without work, which a mean over threads does not see.
        if left is not None and true > max(seconds):
            assert true / 1.2 - max(seconds) / jobs <= left <= 1.2 * true + max(seconds) / jobs


def test_long_trials_first_on_two_threads():
    # Ten minutes: by counts alone, the 20 long ones of 420 say five hours, the 400 short ones
    # nothing.
    trials = [(10.0, 50.0)] * 20 + [(0.1, 0.5)] * 400
    whole, estimates = simulated(trials, 2)
    assert whole == pytest.approx(600)
    checked = 0
    for moment, left in estimates:
        if left is not None and whole - moment > 20:
            assert (whole - moment) / 1.5 < left < 1.5 * (whole - moment) + 30
            checked += 1
    assert checked > 300


def test_trials_that_end_early_do_not_hide_long_ones():
    # Every other one diverges at once; the first to end are such.
    trials = [(10.0, taken) for _ in range(50) for taken in (0.01, 20.0)]
    whole, estimates = simulated(trials, 4, order=False)
    for moment, left in estimates:
        if 0.2 * whole < moment < 0.9 * whole:  # to a trial of 20 s
            assert (whole - moment) / 1.5 - 20 < left < 1.5 * (whole - moment) + 20


def test_nothing_is_known_before_a_trial_ends():
    assert Work(total=10, jobs=1, start=0).seconds_left(now=5) is None


def test_the_longest_in_training_is_the_least():
    # nothing waits; one of two threads has a trial of 100 s, predicted 10 s, for 30 s
    work = Work(12, 2, start=0, predicted=2, measured=20, training=[(10.0, 0.0)])
    assert work.seconds_left(now=30) == 70
    assert work.seconds_left(now=130) is None  # longer than anybody expected


def test_a_slow_disk_counts():
    # The one thread had half of the time for trials.
    work = Work(20, 1, start=0, predicted=10, measured=10)
    assert work.seconds_left(now=20) == 20
    assert work.seconds_left(now=10) == 10


def test_a_pause_does_not_count(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time_left, "time", SimpleNamespace(time=clock.time))
    left = TimeLeft(20, 1)
    with left.pause():
        clock.now += 1000
    left.begin(10)
    clock.now += 10
    left.end(10)
    assert left.seconds() == 10


def test_memory_does_not_grow_with_the_trials():
    left = TimeLeft(1e5, 1)
    for _ in range(1000):
        left.begin(1.0)
        left.end(1.0)
        left.work()
    assert not left._ended
    assert not left._training


def test_another_process_reads_it(tmp_path):
    assert time_left.read(tmp_path).seconds_left is None
    now = time_left.time.time()
    time_left.write(tmp_path, Work(1e6, 1, now - 10, 10.0, 10.0, [(5.0, now)]))
    state = time_left.read(tmp_path)
    assert state.seconds_left == pytest.approx(999_990, rel=1e-3)
    assert (state.n_training, state.best) == (1, "")
    time_left.write(tmp_path, Work(1e6, 1, now - 10, best="0.5, trial t1"))
    assert time_left.read(tmp_path).best == "0.5, trial t1"
    assert time_left.read(tmp_path).seconds_left is None
    time_left.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"total": 1}', '{"total": "a", "jobs": 0}'])
def test_a_file_that_says_nothing(tmp_path, text):
    (tmp_path / ".time_left.json").write_text(text)
    assert time_left.read(tmp_path) == time_left.RunState()


def test_a_folder_that_is_gone(tmp_path):
    time_left.write(tmp_path / "gone", Work(1, 1, 0))
    time_left.remove(tmp_path / "gone")
    assert time_left.read(tmp_path / "gone") == time_left.RunState()
    assert not (tmp_path / "gone").exists()
