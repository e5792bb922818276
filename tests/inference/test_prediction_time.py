"""Predictions of a network for a series whose file names its rows by a column of times."""

from commandline import command

SWEEP = """
[task]
name = "csv"
path = "series.csv"
inputs = ["level"]
target = "level"
time = "month"
window = 3
[model]
hidden_size = 2
[train]
learning_rate = 0.1
epochs = 1
[output]
save_params = "best"
"""


def test_new_data_need_no_column_of_times(tmp_path):
    levels = [f"{i % 7}.5" for i in range(40)]
    rows = [f"2000-{i},{level}\n" for i, level in enumerate(levels)]
    (tmp_path / "series.csv").write_text(f"month,level\n{''.join(rows)}")
    (tmp_path / "new.csv").write_text("\n".join(["level", *levels]))
    (tmp_path / "level.toml").write_text(SWEEP)
    assert command("run", "level.toml", "--quiet", "--no-plots", cwd=tmp_path)[0] == 0
    answers = [
        command("predict", "results/level", "--data", data, cwd=tmp_path)
        for data in ("series.csv", "new.csv")
    ]
    assert answers[0][0] == 0
    assert answers[0][1].startswith("row,level\n3,")
    assert answers[1] == answers[0]
