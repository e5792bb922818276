"""The blocks of a page that a reader follows: files to write or change, commands, their output."""

import os
import re
import subprocess
import sys
from pathlib import Path

# A new file, lines at the end of a file, or a diff whose unmarked lines are there already.
CHANGES = re.compile(r"<!-- (file|append|edit): (\S+) -->\n```\w+\n(.*?)^```\n", re.M | re.S)
# A text right after commands is what they print; ... at a line's end is for the rest of it.
COMMANDS = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
PATIENCE_S = 300  # kernels are compiled


def change(path, kind, block):
    """Write or change a file as a block says."""
    if kind == "file":
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if kind == "append":
        path.write_text(f"{text}\n\n{block}", encoding="utf-8")
        return
    lines = block.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    assert text.count(before) == 1, (
        f"{path.name} has these lines {text.count(before)} times:\n{block}"
    )
    path.write_text(text.replace(before, after), encoding="utf-8")


def run_commands(folder, heading, text, **env):
    """Run the commands of a text in a folder, and look for what they should print."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, **env}
    env.pop("PYTEST_XDIST_WORKER", None)  # tests that a page runs are a run of their own
    for commands, output in COMMANDS.findall(text):
        done = subprocess.run(
            ["bash", "-ec", commands],
            cwd=folder,
            env=env,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, f"{heading}: {commands}{done.stdout}{done.stderr}"
        printed = " ".join(done.stdout.split())
        for line in output.splitlines():
            line = line.removesuffix("...")  # columns that the page leaves out
            assert " ".join(line.split()) in printed, f"{heading}: {commands}"
