"""What a run shows of itself: when, and in what form."""

import io
import re
import threading
from itertools import pairwise

import pytest

from rnnsweep.execution import progress
from rnnsweep.execution.progress import (
    LiveProgress,
    Outlook,
    PlainProgress,
    Progress,
    SweepState,
    Tally,
    make_progress,
)
from rnnsweep.record import Record


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    """Replaces `time`; the test moves it."""

    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    stopped = Clock()
    monkeypatch.setattr(progress, "time", stopped)
    return stopped


@pytest.fixture
def terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


def records(*statuses):
    return [Record(f"t{i:015x}", {}, status) for i, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ((0, 5, {}, 0.0), "0 of 5 trials"),
        ((3, 5, {"complete": 3}, 0.5, 4.4), "3 of 5 trials, 0.5 a second, 0:00:04 left"),
        (
            (5, 7, {"failed": 1, "diverged": 2, "solved": 1, "stopped": 1}, 0.5, 30.0),
            "5 of 7 trials, 1 solved, 2 diverged, 1 failed, 0.5 a second, 0:00:30 left",
        ),
        ((5, 5, {"failed": 1, "solved": 0}, 123.456, 9.0), "5 of 5 trials, 1 failed, 123 a second"),
        ((1, 7201, {}, 1.0), "1 of 7,201 trials, 1 a second"),
        ((1, 7201, {}, 1234.5), "1 of 7,201 trials, 1,234 a second"),
        ((1, 4, {}, 1.0, 3.0, 2), "1 of 4 trials, 2 running, 1 a second, 0:00:03 left"),
        # none has ended in the last half minute
        ((1, 7201, {}, 0.0, 7200.0), "1 of 7,201 trials, 2:00:00 left"),
    ],
)
def test_a_line_leaves_out_what_is_0_or_unknown(numbers, line):
    assert SweepState(*numbers).line == line


def test_a_block_has_a_line_for_each_thing():
    statuses = {"complete": 3, "diverged": 1, "failed": 1}
    state = SweepState(5, 1200, statuses, 12.34, 61.0, 2, "0.5, trial t1")
    assert state.counts == "5 of 1,200 trials"
    assert state.block() == [
        ("running", "2"),
        ("diverged", "1"),
        ("failed", "1"),
        ("rate", "12.3 a second"),
        ("time left", "0:01:01"),
        ("best so far", "0.5, trial t1"),
    ]
    assert SweepState(0, 5, {}).block() == []


def test_the_time_left_of_an_enormous_sweep():
    # more days than most calendars have
    assert "days" in SweepState(1, 10_000_000, {}, 1 / 86_400, 86_400 * 1e7).line


def test_a_tally_counts_by_status_and_over_time(clock):
    tally = Tally(6)
    tally.outlook = Outlook(lambda: 1.0)
    assert (str(tally), tally.done) == ("0 of 6 trials, 0:00:01 left", 0)
    clock.now += 2
    tally.add(records("complete", "diverged"))
    tally.add([])
    tally.add(records("failed", "complete"))
    assert tally.done == 4
    assert str(tally) == "4 of 6 trials, 1 diverged, 1 failed, 2 a second, 0:00:01 left"


def test_the_form_of_progress_depends_on_the_stream():
    assert type(make_progress(io.StringIO(), quiet=False)) is PlainProgress
    assert type(make_progress(Terminal(), quiet=False)) is LiveProgress
    for stream in (io.StringIO(), Terminal()):
        quiet = make_progress(stream, quiet=True)
        assert type(quiet) is Progress
        quiet.say("hello")
        quiet.begin(3)
        quiet.expect(Outlook(lambda: 1.0))
        quiet.advance(records("complete"))
        quiet.end()
        assert stream.getvalue() == ""


def test_plain_lines_come_less_and_less_often(clock):
    stream = io.StringIO()
    plain = PlainProgress(stream)
    plain.begin(10_000)
    plain.expect(Outlook(lambda: 90.0))
    times = []
    for second in range(1, 3601):
        clock.now = 1000 + second
        before = stream.getvalue()
        plain.advance(records("complete"))
        if stream.getvalue() != before:
            times.append(second)
    assert times[0] == 5
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == sorted(gaps)
    assert gaps[-1] > 100
    # 5, 6, 7.2, ...: an hour has log(1 + 3600 (1.2 - 1) / 5) / log 1.2 = 27 of them
    assert len(times) in (26, 27)
    assert stream.getvalue().splitlines()[0] == ("5 of 10,000 trials, 1 a second, 0:01:30 left")


def test_plain_progress_ends_with_one_line_on_everything(clock):
    stream = io.StringIO()
    plain = PlainProgress(stream)
    plain.say("two trials, [/markup] and all")
    plain.begin(2)
    clock.now += 100
    plain.advance(records("complete", "diverged"))  # the end counts them
    plain.end()
    assert stream.getvalue().splitlines() == [
        "two trials, [/markup] and all",
        "2 of 2 trials, 1 diverged, 0.02 a second",
    ]


def test_plain_lines_say_which_trial_is_the_best_where_that_is_new(clock):
    stream = io.StringIO()
    plain = PlainProgress(stream)
    best = []
    plain.begin(10)
    plain.expect(Outlook(best=lambda: best[-1] if best else ""))
    for place, now in enumerate(["", "0.5", "0.5", "0.25"]):
        best.append(now)
        clock.now += 100 + place
        plain.advance(records("complete"))
    plain.end()
    said = [line for line in stream.getvalue().splitlines() if line.startswith("best so far")]
    assert said == ["best so far: 0.5", "best so far: 0.25"]


def test_a_block_under_the_bar_where_the_terminal_has_room(terminal, monkeypatch):
    for lines, has_block in (("40", True), ("8", False)):
        monkeypatch.setenv("LINES", lines)
        stream = Terminal()
        live = LiveProgress(stream)
        live.begin(4)
        live.expect(Outlook(lambda: 61.0, lambda: 2, lambda: "0.5, trial t\x1b[2J1"))
        live.advance(records("diverged"))
        live.end()
        shown = stream.getvalue()
        assert bool(re.search(r"running +2 *\r?\n", shown)) == has_block
        assert (r"0.5, trial t\x1b[2J1" in shown) == has_block
        assert ("1 of 4 trials, 2 running, 1 diverged" in shown) != has_block


def test_plain_lines_are_flushed_at_once():
    class Flushed(io.StringIO):
        flushed = 0

        def flush(self):
            self.flushed += 1

    stream = Flushed()
    PlainProgress(stream).say("hello")
    assert stream.flushed


def test_live_progress_draws_a_bar_and_gives_the_terminal_back(terminal):
    live = LiveProgress(terminal)
    live.say("two trials [/markup] :bug:")
    live.begin(2)
    live.expect(Outlook(lambda: 61.0))
    live.advance([])
    live.advance(records("complete", "failed"))
    live.end()
    shown = terminal.getvalue()
    assert shown.startswith("two trials [/markup] :bug:\n")
    assert "━" in shown
    assert "0 of 2 trials" in shown
    assert re.search(r"time left +0:01:01", shown)
    assert "2 of 2 trials" in shown
    assert re.search(r"failed +1\b", shown)
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor is back
    live.say("drawing")
    assert terminal.getvalue().endswith("drawing\n")


def test_a_second_bar_leaves_what_was_said_after_the_first(terminal):
    live = LiveProgress(terminal)
    for message in ("the first", "the best trial once more", "the last"):
        live.begin(1)
        live.advance(records("complete"))
        live.end()
        before = len(terminal.getvalue())
        live.say(message)
        live.begin(1)
        since = terminal.getvalue()[before:]
        assert since.index(message) >= 0
        assert "\x1b[1A" not in since  # the cursor does not go up
        live.end()


def test_live_progress_that_never_began(terminal):
    live = LiveProgress(terminal)
    live.advance(records("complete"))
    live.end()
    assert "━" not in terminal.getvalue()


def test_live_lines_are_not_broken(terminal):
    message = "words and words " * 20
    LiveProgress(terminal).say(message)
    assert terminal.getvalue() == message + "\n"


def test_a_bar_needs_no_thread(terminal, monkeypatch):
    def none_left(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    live = LiveProgress(terminal)
    live.begin(2)
    live.advance(records("complete"))
    live.end()
    assert "1 of 2 trials" in terminal.getvalue()
