"""Each error of the system and of SQLite has its own sentence, which says what to do."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from commandline import Heard, command, snapshot
from hypothesis import given
from hypothesis import strategies as st

import rnnsweep
from rnnsweep import ResultsError
from rnnsweep.execution.run import run
from rnnsweep.store import database_errors, folder, run_lock
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.system_errors import shown, unusable

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX paths and limits")
PERMISSIONS = "change its permissions"


@given(st.sampled_from(sorted(errno.errorcode)), st.booleans())
def test_permissions_are_blamed_for_nothing_else(code, reading):
    error = OSError(code, os.strerror(code))
    text = str(unusable(Path("results/x"), error, reading=reading))
    assert text.startswith("results/x ")
    assert "; " in text  # and what to do
    assert (PERMISSIONS in text) == (code in (errno.EACCES, errno.EPERM))
    assert ("the disk is full" in text) == (code in (errno.ENOSPC, errno.EFBIG))


SENTENCES = {
    errno.ENOSPC: "disk is full",
    errno.EDQUOT: "quota",
    errno.EFBIG: "ulimit -f",
    errno.EROFS: "read-only",
    errno.ENAMETOOLONG: "longer than",
    errno.ENOTDIR: "is a file, not a folder",
    errno.EISDIR: "is a folder, not a file",
    errno.ELOOP: "link",
    errno.ENOENT: "moved or deleted",
    errno.EMFILE: "ulimit -n",
    errno.ENFILE: "whole system",
    errno.EIO: "the disk reports an error",
    errno.ENOLCK: "locks",
    errno.ENOMEM: "memory",
    errno.EBUSY: "in use",
}


@pytest.mark.parametrize("code", SENTENCES, ids=errno.errorcode.get)
def test_each_error_has_its_sentence(code):
    errors = {number: OSError(number, os.strerror(number)) for number in SENTENCES}
    texts = {number: str(unusable(Path("r"), error)) for number, error in errors.items()}
    assert SENTENCES[code] in texts[code]
    assert len(set(texts.values())) == len(texts)


def test_a_long_path_is_shown_in_part():
    assert shown(Path("results/grid")) == "results/grid"
    assert len(shown(Path("n" * 20_000))) < 250


# SQLite

CODES = {
    name: value
    for name, value in vars(sqlite3).items()
    if name.startswith("SQLITE_") and isinstance(value, int) and name.count("_") > 0
    if (value & 0xFF) in range(2, 27) and name.split("_")[1] in
    ("FULL", "READONLY", "IOERR", "CANTOPEN", "PERM", "NOMEM", "PROTOCOL", "NOLFS", "CORRUPT",
     "NOTADB", "TOOBIG", "AUTH")
}  # fmt: skip


def message(path, code):
    """Return the message for an SQLite error with this number."""
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    with pytest.raises(ResultsError) as caught, database_errors.explained(path):
        raise error
    return str(caught.value)


@pytest.mark.parametrize("name", CODES)
def test_sqlite_s_errors_blame_damage_and_permissions_for_nothing_else(tmp_path, name):
    path = tmp_path / "store.db"
    path.touch()
    text = message(path, CODES[name])
    assert str(path) in text
    kind = name.split("_")[1]
    assert ("damaged" in text) == (kind in ("CORRUPT", "NOTADB"))
    may_blame = kind in ("READONLY", "PERM") and name != "SQLITE_READONLY_DBMOVED"
    assert (PERMISSIONS in text) == may_blame
    assert ("disk is full" in text) == (kind in ("FULL", "NOLFS"))


@pytest.mark.parametrize("kind", ["SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_READONLY"])
@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_what_sqlite_does_not_explain_is_looked_up_in_the_system(tmp_path, monkeypatch, kind, code):
    def refuse(**_):
        raise OSError(code, os.strerror(code))

    path = tmp_path / "store.db"
    path.touch()
    monkeypatch.setattr(database_errors.tempfile, "TemporaryFile", refuse)
    assert SENTENCES[code] in message(path, CODES[kind])


def test_a_store_that_is_gone_is_no_matter_of_permissions(tmp_path):
    for kind in ("SQLITE_CANTOPEN", "SQLITE_READONLY_DBMOVED", "SQLITE_READONLY"):
        assert "moved or deleted" in message(tmp_path / "absent" / "store.db", CODES[kind])
    assert "moved or deleted" in message(tmp_path / "store.db", CODES["SQLITE_READONLY"])


# Paths


def refused(home, say, where):
    """Run the sweep; return what is said. Nothing is touched."""
    before = snapshot(home)
    code, output, errors = say("run", "tiny.toml", "--results", where)
    assert (code, output) == (3, "")
    assert snapshot(home) == before
    return errors


@POSIX
@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("n" * 600, "longer than the system allows"),
        ("a/" + "n" * 300 + "/b", "longer than the system allows"),
        ("/".join(["n" * 50] * 12), "SQLite: many versions of it take paths of up to"),
        ("/".join(["n" * 200] * 30), "longer than the system allows"),
        ("tiny.toml", "is a file, not a folder"),
        ("tiny.toml/a/b", "tiny.toml is a file, not a folder"),
        ("loop", "links in its path lead in a circle"),
        ("loop/a", "links in its path lead in a circle"),
        ("dangling", "dangling is a link to nowhere, which does not exist"),
        ("dangling/a", "dangling is a link to nowhere, which does not exist"),
    ],
    ids=lambda text: text[:12],
)
def test_a_path_that_will_not_do(home, say, where, sentence):
    (home / "loop").symlink_to("loop")
    (home / "dangling").symlink_to("nowhere")
    if "SQLite" in sentence and sqlite3.sqlite_version_info >= (3, 41):
        pytest.skip("later versions may take longer paths")
    errors = refused(home, say, where)
    assert sentence in errors
    assert PERMISSIONS not in errors
    assert len(errors) < 600


@POSIX
@pytest.mark.parametrize("form", ["a dangling link", "a link to itself", "a folder"])
def test_a_failed_claim_leaves_a_lock_that_is_none(tmp_path, form):
    place = Folder(tmp_path / "results")
    place.path.mkdir()
    if form == "a folder":
        place.lock.mkdir()
    else:
        place.lock.symlink_to("nowhere" if form == "a dangling link" else ".lock")
    before = os.lstat(place.lock)
    with (
        pytest.raises(ResultsError, match=r"\.lock cannot be used: it is a"),
        Store.writer(place.path),
    ):
        pass
    assert os.lstat(place.lock).st_ino == before.st_ino
    assert [path.name for path in place.path.iterdir()] == [".lock"]


@POSIX
@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(tmp_path, monkeypatch, code):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(run_lock.fcntl, "flock", refuse)
    sentence = r"\.lock cannot be locked: its file system has no locks; choose another folder"
    with pytest.raises(ResultsError, match=sentence), Store.writer(tmp_path / "results"):
        pass
    assert not (tmp_path / "results").exists()
    (tmp_path / "results").mkdir()
    Folder(tmp_path / "results").lock.touch()
    assert Folder(tmp_path / "results").in_use() is None


@POSIX
def test_a_folder_on_a_file_system_that_is_read_only(tmp_path, monkeypatch):
    # root may write anywhere but there
    def read_only(path):
        return os.statvfs_result([4096, 4096, 9, 9, 9, 9, 9, 9, os.ST_RDONLY, 255])

    monkeypatch.setattr(folder.os, "access", lambda path, mode: False)
    monkeypatch.setattr(folder.os, "statvfs", read_only)
    with pytest.raises(ResultsError, match="mounted read-only"):
        Folder(tmp_path).check()
    monkeypatch.undo()
    monkeypatch.setattr(folder.os, "access", lambda path, mode: False)
    with pytest.raises(ResultsError, match=PERMISSIONS):
        Folder(tmp_path).check()


def test_a_path_with_a_nul_is_refused(home):
    with pytest.raises(ResultsError, match="NUL"):
        rnnsweep.run("tiny.toml", results="a\0b")
    with pytest.raises(ResultsError, match="no results"):
        rnnsweep.load("a\0b")


def test_a_path_that_is_no_text_of_the_system_is_refused(home):
    with pytest.raises(ResultsError, match="name can contain the character"):
        rnnsweep.run("tiny.toml", results="a\ud800b")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that takes no other")
def test_where_the_system_makes_no_folder(home, say):
    code, _, errors = say("run", "tiny.toml", "--results", "/proc/results")
    assert code == 3
    assert "/proc/results cannot be created" in errors


@POSIX
def test_a_working_directory_that_was_deleted(home):
    code = "import os, shutil; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
    code += "import sys; from rnnsweep.cli.main import main; main()"
    for options in ((), ("--results", "other")):
        ended, output, errors = command("run", home / "tiny.toml", *options, cwd=home, code=code)
        assert (ended, output) == (3, "")
        assert "deleted" in errors
        assert PERMISSIONS not in errors


# Odd names

NAMES = [
    "file:x?mode=memory", "file:x", "file::memory:", ":memory:", "a%20b", "%00", "a?b", "a#b",
    "a&b=c", "new\nline", "tab\t", " ", "~", "-dash", "'", '"', "[a]", "{b}", "é", "語",
    "\U0001f600", "bad\udcff\udc80", "a;b", "a\\b", "$HOME", "*",
]  # fmt: skip


@POSIX
@pytest.mark.parametrize("name", NAMES)
def test_a_folder_may_have_any_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for path in (name, tmp_path / "b" / name):
        with Store.writer(path) as store:
            store.set_sweep("grid", "", [], [("t0", {})])
        with Store.writer(path) as store:
            assert store.counts().total == 1
        with Store.reader(path) as store:
            assert store.counts().total == 1
        assert Path(path, "store.db").stat().st_size > 0


# What goes away during a run


class Deleting(Heard):
    """Deletes the results folder when a run says or does something."""

    def __init__(self, path, at):
        super().__init__()
        self.path, self.at = path, at

    def say(self, message):
        super().say(message)
        if self.at in message:
            shutil.rmtree(self.path)

    def begin(self, n_trials):
        super().begin(n_trials)
        if self.at == "training":
            shutil.rmtree(self.path)


@POSIX
@pytest.mark.parametrize("at", ["to train on", "training", "drawing the plots"])
def test_a_folder_that_is_deleted_during_the_run(home, at):
    path = home / "other"
    with pytest.raises(ResultsError) as caught:
        run("tiny.toml", results="other", progress=Deleting(path, at))
    text = str(caught.value)
    assert "moved or deleted" in text or "holds no results" in text
    assert "other" in text
    assert PERMISSIONS not in text
    # No tables without a store: the next run would take them for somebody's own files.
    assert not path.exists()
    assert len(run("tiny.toml", results="other").trials) == 4


# The command line in one process a limit; its exit code and what it says go into a file.
FEW_FILES = """
import os, resource
import rnnsweep.cli.main, rnnsweep.execution.run
import rnnsweep.cli.screens.summary, rnnsweep.tables.results

for limit in range(4, 12):
    if process := os.fork():
        os.waitpid(process, 0)
        continue
    file = os.open(f"{limit}.txt", os.O_WRONLY | os.O_CREAT)
    os.dup2(file, 2)
    os.close(file)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    try:
        rnnsweep.cli.main.main()
    except SystemExit as end:
        os.write(2, f"{end.code or 0}".encode())
    os._exit(0)
"""


@POSIX
def test_too_many_open_files(home):
    pytest.importorskip("resource")
    line = ("run", "tiny.toml", "--results", "other", "--no-plots", "--jobs", 1)
    assert command(*line, cwd=home, code=FEW_FILES)[0] == 0
    texts = [(home / f"{limit}.txt").read_text() for limit in range(4, 12)]
    codes = {text.rpartition("\n")[2] for text in texts}
    assert codes == {"0", "3"}
    for text in texts:
        assert "Traceback" not in text
        if text.endswith("3"):
            assert "the maximum number of files open" in text
            assert PERMISSIONS not in text


def test_a_picture_that_cannot_be_removed(home):
    stale = home / "results" / "tiny" / "plots" / "loss_map.png"
    stale.mkdir()
    with pytest.raises(ResultsError, match=r"loss_map\.png cannot be used: it is a folder"):
        run("tiny.toml")


def test_a_file_in_the_place_of_the_plots_is_named(tmp_path):
    place = Folder(tmp_path)
    place.plots.touch()
    with pytest.raises(ResultsError) as caught, place.replacing(place.plots / "a.png"):
        pass
    assert str(caught.value).startswith(f"{shown(place.plots)} cannot be used: there is something")


@POSIX
def test_a_store_that_is_a_link_to_nothing_is_called_one(tmp_path):
    place = Folder(tmp_path)
    place.store_db.symlink_to("nowhere.db")
    with pytest.raises(ResultsError, match=r"store\.db is a link to nowhere\.db, which does not"):
        place.check()
    assert place.store_db.is_symlink()
