"""docs/many-machines.md, followed to the letter: its commands are run, its script is submitted.

Slurm and GNU parallel are replaced by programs that run the same commands here, one by one.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import PATIENCE_S
from page_blocks import CHANGES, change, run_commands

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "many-machines.md").read_text(encoding="utf-8")

SBATCH = """\
import os, re, subprocess, sys
*options, last = sys.argv[1:]
if "--wrap" in options:
    assert any(option == "--dependency=afterany:17" for option in options), options
    sys.exit(subprocess.run(["bash", "-c", last]).returncode)
first, last_task = map(int, re.search(r"--array=(\\d+)-(\\d+)", open(last).read()).groups())
for task in range(first, last_task + 1):
    tasks = {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_TASK_COUNT": str(last_task)}
    subprocess.run(["bash", last], env=os.environ | tasks, check=True)
if "--parsable" in options:
    print(17)
"""
PARALLEL = """\
import subprocess, sys
words = sys.argv[1:]
at = words.index(":::")
words, arguments = words[:at], words[at + 1 :]
while words[0].startswith("--"):  # each has a value
    words = words[2:]
for argument in arguments:
    subprocess.run([word.replace("{}", argument) for word in words], check=True)
"""


@pytest.fixture
def home(tmp_path):
    """The folder of a reader who wrote the files of the page, with the programs on the path."""
    home = tmp_path / "home"
    for kind, name, block in CHANGES.findall(PAGE):
        change(home / name, kind, block)
    for name, code in (("sbatch", SBATCH), ("parallel", PARALLEL), ("squeue", "")):
        program = tmp_path / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!{sys.executable}\n{code}")
        program.chmod(0o755)
    return home


def test_the_page_does_what_it_says(home):
    run_commands(home, "many machines", PAGE)


@pytest.mark.long
def test_the_programs_of_the_page_get_what_they_take(home, tmp_path):
    path = os.pathsep.join(
        [str(tmp_path / "programs"), str(Path(sys.executable).parent), os.environ["PATH"]]
    )
    blocks = [
        block for block in re.findall(r"^```bash\n(.*?)^```\n", PAGE, re.M | re.S)
        if block.startswith(("parallel", "sbatch", "job="))
    ]  # fmt: skip
    assert len(blocks) == 3
    for block in blocks:
        done = subprocess.run(
            ["bash", "-ec", block],
            cwd=home,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{block}{done.stdout}{done.stderr}"
    trials = [
        (home / "results" / name / "trials.csv").read_bytes()
        for name in ("from-parallel", "small-all")
    ]
    assert trials[0] == trials[1]
    assert len(trials[0].splitlines()) == 13
