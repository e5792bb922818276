"""Labels of an npz file in another form: refused with what to save instead, or noted."""

import numpy as np
import pytest

from rnnsweep import SweepError, sweepfile


def labels(tmp_path, y, loss=None, x=None, **more):
    """Load a sweep over a file with these targets."""
    np.savez(tmp_path / "labels.npz", x=np.zeros((len(y), 4, 1)) if x is None else x, y=y, **more)
    text = '[task]\nname = "npz"\npath = "labels.npz"\n[model]\nhidden_size = 2\n'
    loss = f'loss = "{loss}"\n' if loss else ""
    text += f"[train]\nepochs = 1\nlearning_rate = 0.1\n{loss}"
    (tmp_path / "sweep.toml").write_text(text)
    return sweepfile.load(tmp_path / "sweep.toml")


CLASSES = np.arange(20) % 3
ONE_HOT = np.eye(3)[CLASSES]
# Targets, the form that the message asks for with the loss "cross_entropy", and that form.
LABELS = {
    "floats": (CLASSES.astype(float), "y.astype(int)", lambda y: y.astype(int)),
    "booleans": (CLASSES > 0, "y.astype(int)", lambda y: y.astype(int)),
    "a column of floats": (CLASSES[:, None] * 1.0, "y[..., 0].astype(int)",
                           lambda y: y[..., 0].astype(int)),
    "one-hot": (ONE_HOT, "y.argmax(axis=-1)", lambda y: y.argmax(axis=-1)),
    "one-hot booleans": (ONE_HOT > 0, "y.argmax(axis=-1)", lambda y: y.argmax(axis=-1)),
    "one-hot, whole": (ONE_HOT.astype(int), "y.argmax(axis=1)", lambda y: y.argmax(axis=1)),
    "one-hot at every time step": (np.repeat(ONE_HOT[:, None], 4, axis=1), "y.argmax(axis=-1)",
                                   lambda y: y.argmax(axis=-1)),
    "floats at every time step": (np.repeat(CLASSES[:, None] * 1.0, 4, axis=1), "y.astype(int)",
                                  lambda y: y.astype(int)),
    "names": (np.array(["a", "b", "c"])[CLASSES], "numpy.unique(y, return_inverse=True)[1]",
              lambda y: np.unique(y, return_inverse=True)[1]),
}  # fmt: skip


@pytest.mark.parametrize("which", LABELS)
def test_labels_in_another_form_are_refused_with_what_to_save(tmp_path, which):
    y, form, converted = LABELS[which]
    with pytest.raises(SweepError) as caught:
        labels(tmp_path, y, "cross_entropy")
    assert form in str(caught.value)
    # What the message names works.
    assert labels(tmp_path, converted(y), "cross_entropy")[0].config.task.n_classes in (2, 3)


def test_numbers_that_are_no_labels_are_offered_no_classes(tmp_path):
    with pytest.raises(SweepError) as caught:
        labels(tmp_path, CLASSES[:, None] + 0.5, "cross_entropy")
    assert 'numbers; take loss = "mse"' in str(caught.value)
    for y in (
        CLASSES + 0.5,
        np.where(CLASSES == 1, np.nan, CLASSES),
        np.where(CLASSES == 1, np.inf, CLASSES),
    ):
        with pytest.raises(SweepError) as caught:
            labels(tmp_path, y)
        assert "for one number a sequence take y[:, None]" in str(caught.value)
        assert "astype" not in str(caught.value)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "bce"])
def test_one_hot_targets_that_are_numbers_get_a_line(tmp_path, loss):
    if loss != "bce":
        (note,) = labels(tmp_path, ONE_HOT, loss).notes
        assert f'y is one-hot, and the loss "{loss}" takes its 3 columns as numbers' in note
        assert "save y.argmax(axis=-1)" in note
        assert note.startswith('[task] path = "labels.npz": ')
    assert labels(tmp_path, ONE_HOT + 0.5 * (CLASSES == 1)[:, None], "mse").notes == ()
    assert labels(tmp_path, CLASSES).notes == ()
    # One column of zeros and ones is what "bce" is for.
    assert labels(tmp_path, CLASSES[:, None] * 1.0, "mse").notes == ()


def test_one_hot_targets_as_wide_as_long_are_noted(tmp_path):
    """Whole numbers (N, O) are classes at every time step where O is T."""
    (note,) = labels(tmp_path, np.eye(4, dtype=int)[np.arange(20) % 4]).notes
    assert "taken as a class at every time step" in note
    assert "y.argmax(axis=1)" in note


def test_one_hot_is_looked_for_before_the_ends_alone(tmp_path):
    y = np.repeat(ONE_HOT[:, None], 4, axis=1)
    y[:, 2:] = 7
    sweep = labels(tmp_path, y, lengths=np.full(20, 2))
    assert len(sweep.notes) == 1
