"""Sweeps that a page may meet: odd shapes, and names that mean harm."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from report_cases import LossesOf, invented

TASK = """\
[task]
name = "adding"
seq_len = 10

[model]
hidden_size = 8

[train]
learning_rate = 0.1
epochs = 6
"""


def falling(settings: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Return losses that fall to a random level, the lower the larger the network is."""
    level = (0.02 + 0.1 * rng.random()) * (8 / settings.get("hidden_size", 8)) ** 0.5
    return level + 0.2 * np.exp(-np.arange(6.0)) * (1 + 0.1 * rng.random(6))


def _diverging(settings: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    return np.array([0.5, np.inf])


def _at_once(settings: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    return np.array([np.inf])


def _mostly_diverging(settings: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    return falling(settings, rng) if not settings["seed"] else _diverging(settings, rng)


def _without_result(settings: dict[str, Any], rng: np.random.Generator) -> list[float]:
    return []


def _failing(settings: dict[str, Any], rng: np.random.Generator) -> None:
    return None


def _once(settings: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    return falling(settings, rng)[:1]


def _half(settings: dict[str, Any], rng: np.random.Generator) -> np.ndarray | list[float]:
    return falling(settings, rng) if settings["seed"] else []


_SMALL = "\n[grid]\nmodel.hidden_size = [4, 8]\nmodel.activation = ['tanh', 'relu']\n"
_SEEDS = "seed = [0, 1, 2]\n"
_TWELVE = """
[random]
trials = 200
model.activation = ["tanh", "relu"]
model.hidden_size = [4, 8]
model.num_layers = [1, 2]
train.learning_rate = [0.01, 0.1]
train.momentum = [0.0, 0.9]
train.batch_size = [16, 32]
train.clip_norm = [0.0, 1.0]
train.l2 = [0.0, 0.001]
task.seq_len = [10, 11]
task.n_train = [64, 128]
stop.patience = [0, 3]
model.init = ["torch", "orthogonal"]
"""

ODD: dict[str, tuple[str, LossesOf]] = {
    "no_axis": (TASK, falling),
    "seeds_alone": (f"{TASK}\n[grid]\n{_SEEDS}", falling),
    "one_axis": (f"{TASK}\n[grid]\nmodel.hidden_size = [4, 8, 16]\n{_SEEDS}", falling),
    "one_value": (f"{TASK}\n[grid]\nmodel.hidden_size = [4]\n{_SEEDS}", falling),
    "one_seed": (TASK + _SMALL, falling),
    "all_diverged": (TASK + _SMALL + _SEEDS, _diverging),
    "all_diverged_at_once": (TASK + _SMALL + _SEEDS, _at_once),
    "most_diverged": (TASK + _SMALL + _SEEDS, _mostly_diverging),
    "all_failed": (TASK + _SMALL + _SEEDS, _failing),
    "none_ended": (TASK + _SMALL + _SEEDS, _without_result),
    "half_ended": (TASK + _SMALL + _SEEDS, _half),
    "one_epoch": (TASK.replace("epochs = 6", "epochs = 1") + _SMALL, _once),
    "zeros": (TASK + _SMALL, lambda settings, rng: [0.1, 0.0, 0.0]),
    "random": (
        TASK + "\n[random]\ntrials = 40\nmodel.hidden_size = [4, 8]\n"
        'train.learning_rate = {from = 0.001, to = 1.0, scale = "log"}\n',
        falling,
    ),
    "conditional": (
        TASK + '\n[grid]\ntrain.optimizer = ["sgd", "adam"]\n' + _SEEDS + "\n[[when]]\n"
        'if.train.optimizer = "sgd"\ntrain.momentum = [0.0, 0.9]\n',
        falling,
    ),
    "sixty_values": (
        TASK + '\n[grid]\ntrain.learning_rate = {from = 0.001, to = 1.0, num = 60, scale = "log"}\n'
        "model.hidden_size = [4, 8]\n",
        falling,
    ),
    "problems": (
        TASK.replace("seq_len = 10", "") + "\n[grid]\ntask.seq_len = [10, 50]\n"
        "model.hidden_size = [4, 8]\n" + _SEEDS,
        falling,
    ),
    "twelve_axes": (TASK.replace("seq_len = 10", "") + _TWELVE, falling),
}

# What runs if it gets into the page as anything but text; each is the name of a column.
HOSTILE = (
    "<img src=x onerror='window.harmed = 1'>",
    "</script><script>window.harmed = 1</script>",
    "=cmd('calc')!A1",
    'a "quoted" \\ name',
    "two\nlines\u2028three",
    "&lt;b&gt; ${1+1} `x` \\input{/etc/passwd} 100 % $x_1$",
)
_LONG = " ".join(["a name that is longer than any place in which the page could show it"] * 3)


def hostile(path: Path) -> None:
    """Fill a results folder with a sweep over columns with hostile names, and hostile comments."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [*HOSTILE, _LONG]
    with (path.parent / "hostile.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(np.random.default_rng(0).random((60, len(names))).tolist())
    text = f"""\
# </script><script>window.harmed = 1</script> <img src=x onerror="window.harmed = 1">
[task]
name = "csv"
path = "hostile.csv"
window = 3

[train]
learning_rate = 0.1
epochs = 6

[grid]
task.target = [{", ".join(map(_toml, names))}]
model.hidden_size = [4, 8]
{_SEEDS}"""
    invented(path, text, falling)


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
