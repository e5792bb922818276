"""The tables that a sweep file may have."""

# Their keys may be axes and decide a trial's result; in the order of trials.
TABLES = ("task", "model", "train", "stop")
# They say what is recorded of the trials, alike for all of them.
RECORD_TABLES = ("metrics", "output")
# The search forms: what varies.
FORMS = ("grid", "zip", "random", "exclude", "when")
AXIS_FORMS = tuple(form for form in FORMS if form != "exclude")
# The forms of which a file may have several blocks, each as in [[zip]].
REPEATED = ("zip", "exclude", "when")
# What a form has in addition to axes.
OWN_KEYS: dict[str, tuple[str, ...]] = {"random": ("trials", "seed"), "when": ("if",)}


def split_key(dotted: str) -> tuple[str, str]:
    """Return the table and the name of a key; the seed has the table ""."""
    table, _, name = dotted.rpartition(".")
    return table, name


def join_key(table: str, name: str) -> str:
    """Return a key as in "model.hidden_size", or "seed"."""
    return f"{table}.{name}" if table else name


def head(table: str) -> str:
    """Return how a file begins a table: "[grid]", "[[zip]]"."""
    return f"[[{table}]]" if table in REPEATED else f"[{table}]"
