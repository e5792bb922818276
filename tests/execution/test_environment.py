"""What is written down of the machine and the versions of a run."""

import json
import os
import platform
import sys
from importlib import metadata

import pytest

import rnnsweep
from rnnsweep.execution import environment


def test_versions_cpu_and_command(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/__main__.py", "run", "a.toml", "--jobs", "3"])
    facts = environment.environment(jobs=3)
    assert json.loads(json.dumps(facts)) == facts
    assert facts["command"] == ["python", "-m", "rnnsweep", "run", "a.toml", "--jobs", "3"]
    assert facts["rnnsweep"] == rnnsweep.__version__
    assert facts["python"] == platform.python_version()
    assert facts["jobs"] == 3
    for name in ("numpy", "numba", "llvmlite", "orjson", "pandas", "matplotlib", "pydantic"):
        assert facts["packages"][name] == metadata.version(name)
    for name in ("platform", "cpu", "compiled_for"):
        assert facts[name].strip()
    assert 1 <= facts["usable_cores"] <= os.cpu_count()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be taken away here")
def test_usable_cores_are_those_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(environment, "cpu_quota", lambda: None)
    cores = os.sched_getaffinity(0)
    assert environment.usable_cores() == len(cores)
    try:
        os.sched_setaffinity(0, {min(cores)})
        assert environment.usable_cores() == 1
    finally:
        os.sched_setaffinity(0, cores)


@pytest.mark.parametrize(("cores", "usable"), [(6, 6), (None, 1)])
def test_without_an_affinity_all_cores_are_usable(monkeypatch, cores, usable):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(environment, "cpu_quota", lambda: None)
    assert environment.usable_cores() == usable


@pytest.mark.parametrize(("quota", "usable"), [(1, 1), (2, 2), (64, 3), (None, 3)])
def test_a_quota_limits_the_usable_cores(monkeypatch, quota, usable):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 7}, raising=False)
    monkeypatch.setattr(environment, "cpu_quota", lambda: quota)
    assert environment.usable_cores() == usable


@pytest.mark.parametrize("number", ["5", "default", ""])
def test_the_number_that_python_was_given(monkeypatch, number):
    # Python 3.13 and newer read this variable, at their start; older ones do not.
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(os, "process_cpu_count", lambda: int(number), raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 7}, raising=False)
    monkeypatch.setattr(environment, "cpu_quota", lambda: 2)
    monkeypatch.setenv("PYTHON_CPU_COUNT", number)
    assert environment.usable_cores() == (5 if number == "5" else 2)


def test_an_older_python_takes_no_number(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 7}, raising=False)
    monkeypatch.setattr(environment, "cpu_quota", lambda: None)
    monkeypatch.setenv("PYTHON_CPU_COUNT", "5")
    assert environment.usable_cores() == 3
