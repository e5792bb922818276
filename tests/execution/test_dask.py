"""Runs on a Dask cluster: the same bytes as threads, whatever a file names and whoever ends."""

import pytest
from cluster_cases import dask_processes, write_sweeps
from commandline import Heard, assert_same_results, command

pytest.importorskip("distributed")

from rnnsweep.errors import SweepError
from rnnsweep.execution.dask_cluster import Size, split
from rnnsweep.execution.executors import check_executor
from rnnsweep.execution.run import run


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Return a scheduler with two workers, which have no folder in common with the run."""
    with dask_processes(tmp_path_factory.mktemp("cluster")) as processes:
        processes.add_worker(n_threads=2)
        processes.add_worker()
        yield processes


@pytest.mark.long
@pytest.mark.usefixtures("no_plots")
@pytest.mark.filterwarnings("default")
def test_results_are_those_of_threads_for_everything_that_a_file_names(
    cluster, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for name in write_sweeps(tmp_path):
        run(name, results="threads")
        heard = Heard()
        results = run(
            name, results="dask", executor="dask", scheduler=cluster.address, progress=heard
        )
        assert_same_results(tmp_path / "dask", tmp_path / "threads")
        assert not results.trials["status"].eq("failed").any()
        assert "on 3 threads of 2 Dask workers" in heard.said[0]
        assert len(heard.records) == len(results.trials)


def test_a_cluster_of_processes_on_this_machine(home, done):
    code, output, errors = command(
        *("run", "tiny.toml", "--results", "dask", "--executor", "dask", "--jobs", 2, "--no-plots"),
        cwd=home,
    )
    assert code == 0, errors
    assert "on 2 threads of 1 Dask worker" in errors
    assert_same_results(home / "dask", done.path)
    assert "distributed" not in output + errors


@pytest.mark.parametrize(
    ("jobs", "expected"), [(1, (1, 1)), (2, (1, 2)), (5, (5, 1)), (6, (2, 3)), (16, (4, 4))]
)
def test_processes_of_a_local_cluster_have_equally_many_threads(jobs, expected):
    assert split(jobs) == expected
    assert expected[0] * expected[1] == jobs


def test_the_size_of_a_cluster_in_words():
    assert str(Size(2, 16)) == "16 threads of 2 Dask workers"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("threads", "tcp://a:1", None), "a scheduler is for the executor dask"),
        (("dask", "a:8786", None), r"scheduler is 'a:8786'; allowed: tcp://HOST:PORT or tls://"),
        (("dask", "tcp://a", None), "allowed: tcp://HOST:PORT"),
        (("dask", "http://a:8786", None), "allowed: tcp://HOST:PORT"),
        (("dask", "tcp://a:8786", 3), "jobs is 3, and the cluster at tcp://a:8786 has as many"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(arguments, message):
    with pytest.raises(SweepError, match=message):
        check_executor(*arguments)


def test_without_the_package_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("rnnsweep.execution.executors.find_spec", lambda name: None)
    with pytest.raises(SweepError, match=r'pip install "rnnsweep\[dask\]"'):
        check_executor("dask")


def test_no_scheduler_there(home):
    code, _, errors = command(
        *("run", "tiny.toml", "--results", "dask", "--executor", "dask"),
        *("--scheduler", "tcp://127.0.0.1:9"),
        cwd=home,
        env={"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"},
    )
    assert code == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in errors
    assert not (home / "dask").exists()
