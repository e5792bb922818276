"""One run holds a results folder; others learn which, and a killed run holds nothing."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import pytest
from store_cases import python, refused

from rnnsweep.store.folder import Folder
from rnnsweep.store.run_lock import Holder, RunLock, holder_of, is_locked
from rnnsweep.store.store import Store

HOLDING = """
import sys
from rnnsweep.store.store import Store
with Store.writer(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holding(folder):
    process = python(HOLDING, folder.path, stdin=subprocess.PIPE)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_run_learns_at_once_which_process_holds_the_folder(folder, holding):
    refused(
        folder.path,
        rf"in use by another run: process {holding.pid} on host {socket.gethostname()}, since \d",
    )
    assert folder.holder().process == holding.pid


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_the_lock_of_a_killed_run_is_taken_over(folder, holding):
    holding.kill()
    holding.wait()
    assert holder_of(folder.lock).process == holding.pid  # what the killed run has left
    assert folder.in_use() is False
    assert folder.holder() is None
    with Store.writer(folder.path):
        assert folder.holder().process == os.getpid()
    assert folder.lock.read_bytes() == b""


def test_a_run_of_the_same_process_counts_too(folder):
    with Store.writer(folder.path):
        refused(folder.path, f"process {os.getpid()} on host")
    with Store.writer(folder.path):
        pass


def test_a_run_on_another_machine(folder, monkeypatch):
    with Store.writer(folder.path):
        monkeypatch.setattr(socket, "gethostname", lambda: "elsewhere")
        refused(folder.path, r"if that machine is gone, remove \S*\.lock; else wait")


def test_whoever_looks_at_the_lock_hinders_no_run(tmp_path):
    lock, looked, is_over = tmp_path / ".lock", [], threading.Event()

    def look():
        while not is_over.is_set():
            looked.append(is_locked(lock))

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(300):
            run = RunLock(lock)
            assert run.acquire()
            assert is_locked(lock)
            run.release()
    finally:
        is_over.set()
        for looker in lookers:
            looker.join()
    assert {True, False} == set(looked)


def test_a_lock_file_that_is_removed_meanwhile_is_made_anew(tmp_path, monkeypatch):
    lock = tmp_path / ".lock"
    opened, made = os.open, []

    def open_and_lose(path, *arguments):
        made.append(opened(path, *arguments))
        if len(made) == 1:
            lock.unlink()  # as a run does that could not begin
        return made[-1]

    monkeypatch.setattr(os, "open", open_and_lose)
    run = RunLock(lock)
    assert run.acquire()
    assert len(made) == 2
    assert is_locked(lock)
    run.release()


@pytest.mark.parametrize(
    "content", [b"", b"4711", b"\xff", b"[]", b'{"process": 1}', b'{"process": "x", "host": 1}']
)
def test_a_file_that_says_nothing(tmp_path, content):
    folder = Folder(tmp_path)
    folder.lock.write_bytes(content)
    assert holder_of(folder.lock) is None
    with Store.writer(tmp_path):
        assert holder_of(folder.lock).process == os.getpid()


def test_a_full_disk_takes_the_lock_without_a_name(tmp_path, monkeypatch):
    folder = Folder(tmp_path)
    folder.lock.write_text(json.dumps(Holder(1, "elsewhere", 0.0)._asdict()))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    run = RunLock(folder.lock)
    assert run.acquire()
    assert folder.in_use()
    assert folder.holder() is None
    run.release()


def test_a_day_is_named_where_it_is_not_today():
    now = time.time()
    assert str(Holder(7, "a", now)) == f"process 7 on host a, since {time.strftime('%H:%M')}"
    before = now - 3 * 86400
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(before))
    assert str(Holder(7, "a", before)) == f"process 7 on host a, since {day}"
