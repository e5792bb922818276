"""Fixtures of all rooms, and how tests run in several processes."""

import json
import shutil
import signal
from types import SimpleNamespace

import pytest
from browsers import LEFT_OUT
from commandline import TINY, command
from filelock import FileLock
from hypothesis import HealthCheck, settings

from rnnsweep.cli.main import main
from rnnsweep.execution.environment import usable_cores

# Times are measured in benchmarks/: an example may take as long as a busy machine needs.
settings.register_profile("any pace", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any pace")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Return the number of processes of ``-n auto``: a container's CPU quota counts, too."""
    # A process takes up to 0.65 GB. With more of them the longest tests would decide.
    return min(usable_cores(), 8)


def pytest_collection_modifyitems(items):
    """Run the tests marked `long` first, so that at the end no process waits for one of them."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_terminal_summary(terminalreporter):
    """Say in one line that the tests in a browser were left out, and why."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = {str(report.longrepr[2]) for report in skipped if isinstance(report.longrepr, tuple)}
    for reason in sorted(reasons):
        if LEFT_OUT in reason:
            terminalreporter.write_line(reason.removeprefix("Skipped: "))


@pytest.fixture(scope="session", autouse=True)
def signals():
    """Hear Ctrl-C and SIGHUP, here and in processes started here, whatever the tests run under.

    A shell's background jobs ignore the one, `nohup` the other.
    """
    handlers = {signal.SIGINT: signal.default_int_handler}
    if hasattr(signal, "SIGHUP"):
        handlers[signal.SIGHUP] = signal.SIG_DFL
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def done(request, tmp_path_factory):
    """Return a finished run of the tiny sweep by the command line. Not to be changed.

    It has the working directory, the results folder in it, and what the command printed.
    """
    # Where tests run in several processes it is the same one: the first runs it, the others wait,
    # and no two compile its kernels at once.
    base = tmp_path_factory.getbasetemp()
    base = base.parent if hasattr(request.config, "workerinput") else base
    home, printed = base / "done", base / "done.json"
    with FileLock(base / "done.lock"):
        if not printed.exists():
            home.mkdir(exist_ok=True)
            (home / "tiny.toml").write_text(TINY)
            code, *streams = command("run", "tiny.toml", "--jobs", 2, cwd=home)
            assert code == 0, streams
            printed.write_text(json.dumps(streams))
    output, errors = json.loads(printed.read_text())
    return SimpleNamespace(
        home=home, path=home / "results" / "tiny", output=output, errors=errors.splitlines()
    )


@pytest.fixture
def home(done, tmp_path, monkeypatch):
    """Change to a copy of that run's working directory, and return it."""
    shutil.copytree(done.home, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def no_plots(monkeypatch):
    """Leave the pictures and the page as they are: they take longer than a tiny sweep's rest."""
    monkeypatch.setattr(
        "rnnsweep.execution.run.write_plots", lambda folder: [*(folder / "plots").glob("*")]
    )
    monkeypatch.setattr("rnnsweep.execution.run.renew_report", lambda *arguments: None)


@pytest.fixture
def say(capfd):
    """Return a function that runs the command line in this process, a hundred times faster."""

    def run(*arguments):
        with pytest.raises(SystemExit) as exit_:
            main([str(argument) for argument in arguments])
        output, errors = capfd.readouterr()
        return exit_.value.code or 0, output, errors

    return run
