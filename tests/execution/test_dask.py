"""Runs on a Dask cluster: the same bytes as threads, whatever a file names and whoever ends."""

import os
import shutil
import subprocess
import sys

import pytest
from cluster_cases import dask_processes, write_sweeps
from commandline import PATIENCE_S, ROOT, Heard, assert_same_results, command

pytest.importorskip("distributed")

from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.execution import remote_training
from rnnsweep.execution.dask_cluster import Cluster, Size, split
from rnnsweep.execution.executors import check_executor
from rnnsweep.execution.run import run
from rnnsweep.store.store import Store


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


@pytest.mark.usefixtures("no_plots")
def test_a_trial_that_takes_too_long_has_failed(cluster, home):
    changes = {"run.trial_timeout": 0.3, "train.epochs": [2, 10_000_000], "seed": 0}
    results = run(
        *("tiny.toml",),
        results="dask",
        executor="dask",
        scheduler=cluster.address,
        overrides=changes,
    )
    assert sorted(results.trials["status"]) == ["complete", "complete", "failed", "failed"]
    failed = results.trials.query("status == 'failed'")
    assert failed["error"].str.startswith("took longer than trial_timeout = 0.3 s").all()
    assert failed["epochs"].eq(10_000_000).all()


def test_a_cluster_of_processes_on_this_machine(home, done):
    code, output, errors = command(
        *("run", "tiny.toml", "--results", "dask", "--executor", "dask", "--jobs", 2, "--no-plots"),
        cwd=home,
    )
    assert code == 0, errors
    assert "on 2 threads of 1 Dask worker" in errors
    assert_same_results(home / "dask", done.path)
    assert "distributed" not in output + errors


def test_a_script_without_its_guard_is_refused(home):
    (home / "script.py").write_text(
        "import rnnsweep\nrnnsweep.run('tiny.toml', results='dask', executor='dask', jobs=1)\n"
    )
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("rnnsweep.errors.SweepError: no Dask cluster could be started")
    assert last.endswith('under `if __name__ == "__main__":`')
    assert not (home / "dask").exists()


@pytest.mark.usefixtures("no_plots")
def test_a_worker_with_another_version_is_refused_by_name(cluster, home, monkeypatch):
    monkeypatch.setattr(remote_training, "__version__", "0.0.1")
    with pytest.raises(SweepError, match=r"worker tcp://\S+ has rnnsweep \S+ \(here 0.0.1\)"):
        run("tiny.toml", results="dask", executor="dask", scheduler=cluster.address)
    assert not (home / "dask").exists()


@pytest.mark.usefixtures("no_plots")
def test_workers_that_cannot_train_are_sent_away(tmp_path, home, monkeypatch):
    # As a worker that comes later, which nobody could ask for its versions before.
    async def unchecked(self):
        monkeypatch.setattr(self, "_versions", {"rnnsweep": "0.0.1"})

    monkeypatch.setattr(Cluster, "_check_versions", unchecked)
    heard = Heard()
    with dask_processes(tmp_path / "cluster") as cluster:
        cluster.add_worker()
        with pytest.raises(ResultsError, match=r"no worker at \S+ can train the trials: it has"):
            run(
                *("tiny.toml",),
                results="dask",
                executor="dask",
                scheduler=cluster.address,
                progress=heard,
            )
    (line,) = (line for line in heard.said if "sent away" in line)
    assert "(here 0.0.1)" in line
    with Store.reader("dask") as store:
        assert store.counts().done == 0


def test_encrypted_connections(tmp_path, home, done):
    if shutil.which("openssl") is None:
        pytest.skip("no openssl makes the certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    tls = {"CA_FILE": certificate}
    for side in ("SCHEDULER", "WORKER", "CLIENT"):
        tls |= {f"{side}__CERT": certificate, f"{side}__KEY": key}
    tls = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(path) for name, path in tls.items()}
    with dask_processes(tmp_path / "cluster", tls=tls) as cluster:
        cluster.add_worker()
        assert cluster.address.startswith("tls://")
        arguments = ("--executor", "dask", "--scheduler", cluster.address, "--no-plots")
        arguments = ("run", "tiny.toml", "--results", "dask", *arguments)
        code, _, errors = command(*arguments, cwd=home)
        assert code == 2, errors
        assert "set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, " in errors
        missing = tls | {"DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT": "nowhere.pem"}
        code, _, errors = command(*arguments, cwd=home, env=missing)
        assert code == 2, errors
        assert f"the certificates for {cluster.address} cannot be read" in errors
        code, _, errors = command(*arguments, cwd=home, env=tls)
        assert code == 0, errors
    assert_same_results(home / "dask", done.path)


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
