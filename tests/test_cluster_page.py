"""docs/cluster.md: its script runs, and its figures are those of the code."""

import re
import sys
from types import ModuleType, SimpleNamespace

import pytest
from commandline import ROOT

import rnnsweep

PAGE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")


def test_the_script_for_slurm_runs_the_sweep_on_its_cluster(monkeypatch, capsys):
    (script,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
    calls = []

    class SLURMCluster:
        scheduler_address = "tcp://10.0.0.1:8786"

        def __init__(self, **options):
            calls.append(options)

        def scale(self, *, jobs):
            calls.append(jobs)

    def run(path, **options):
        calls.append((path, options))
        return SimpleNamespace(best=lambda n: f"the best {n}")

    jobqueue = ModuleType("dask_jobqueue")
    jobqueue.SLURMCluster = SLURMCluster
    monkeypatch.setitem(sys.modules, "dask_jobqueue", jobqueue)
    monkeypatch.setattr(rnnsweep, "run", run, raising=False)
    monkeypatch.setattr(sys, "argv", ["sweep_on_slurm.py", "grid.toml"])
    exec(compile(script, "sweep_on_slurm.py", "exec"), {"__name__": "__main__"})
    options, jobs, ran = calls
    assert (options["processes"], jobs) == (1, 20)
    assert ran == ("grid.toml", {"executor": "dask", "scheduler": "tcp://10.0.0.1:8786"})
    assert capsys.readouterr().out == "the best 10\n"


def test_figures_of_the_page_are_those_of_the_code():
    pytest.importorskip("distributed")
    from rnnsweep.execution import dask_executor
    from rnnsweep.execution.dask_cluster import split

    assert split(16) == (4, 4)
    assert "16 are four processes of four threads" in PAGE
    assert dask_executor._LONGEST_PACK_S == 10
    assert dask_executor._PACKS_A_RUN == 60
    assert dask_executor._PACKS_A_THREAD == 3
    assert "packs of up to 10 s" in PAGE
    assert "a sweep of a minute has packs of 1 s" in PAGE
    assert "Three packs are out for each thread" in PAGE
