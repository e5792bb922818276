"""`make fuzz N=100000`: so many changed inputs of each kind, or of one: KIND=sweep_files.

    python tests/fuzz/run.py N [KIND]

With atheris, changes that reach new code are kept and changed further; without it (it has no wheel
for every Python) every input is a changed sound one. The first input that ends in anything but
success or an error for users is written to the working directory, and the exit code is 1.
"""

import importlib.util
import subprocess
import sys
import time
from pathlib import Path
from random import Random

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

LONGEST_S = 30  # of one input, on a busy machine
MOST_MB = 4096


def fuzz_with_coverage(kind, n):
    """Fuzz one kind with atheris, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["rnnsweep"]):
        from fuzz.kinds import KINDS
    from fuzz.mutation import mutated

    module = KINDS[kind]

    def change(content, longest, seed):
        random = Random(seed)
        if random.random() < 0.5:
            return atheris.Mutate(content, longest)
        return mutated(content, module.SEEDS, random)[:longest]

    from fuzz import scratch

    corpus = scratch.folder() / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(module.SEEDS):
        (corpus / str(number)).write_bytes(seed)
    bounds = (f"-runs={n}", "-max_len=20000", f"-timeout={LONGEST_S}", f"-rss_limit_mb={MOST_MB}")
    atheris.Setup([sys.argv[0], *bounds, str(corpus)], module.target, custom_mutator=change)
    atheris.Fuzz()


def fuzz_without(kind, n):
    """Fuzz one kind with changes of sound inputs alone."""
    from fuzz.kinds import KINDS
    from fuzz.mutation import mutated

    module, random = KINDS[kind], Random()
    slowest = 0.0
    for _ in range(n):
        content = mutated(random.choice(module.SEEDS), module.SEEDS, random)
        start = time.perf_counter()
        try:
            module.target(content)
        except BaseException:
            Path(f"crash-{kind}").write_bytes(content)
            raise
        slowest = max(slowest, time.perf_counter() - start)
    print(f"{kind}: {n} inputs, the slowest took {slowest:.1f} s")  # noqa: T201


def main():
    """Fuzz each kind in a process of its own; return 1 if one of them found something."""
    n, *kinds = sys.argv[1:]
    if kinds[1:] == ["here"]:
        has_atheris = importlib.util.find_spec("atheris") is not None
        (fuzz_with_coverage if has_atheris else fuzz_without)(kinds[0], int(n))
        return 0
    if not kinds:
        from fuzz.kinds import KINDS

        kinds = list(KINDS)
    codes = [
        subprocess.run([sys.executable, __file__, n, kind, "here"], check=False).returncode
        for kind in kinds
    ]
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
