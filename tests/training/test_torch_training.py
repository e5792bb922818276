"""Trainings against PyTorch's own, with the one bias that the documentation says how to have there.

Both round in their own order, some 1e-14 an update; what is wrong in a rule shows at 1e-3.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from naive_training import Rule
from training_cases import Case, params_of, train

torch = pytest.importorskip("torch")

from rnnsweep.network.torch_bridge import from_torch  # noqa: E402

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
TOLERANCE = 1e-10
N_EPOCHS = 3

# Words of a rule, and the optimiser that PyTorch has for them.
RULES = {
    "sgd": (
        {"learning_rate": 0.1, "l2": 0.2},
        lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.2),
    ),
    "momentum": (
        {"learning_rate": 0.1, "l2": 0.2, "momentum": 0.9},
        lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.2, momentum=0.9),
    ),
    "nesterov": (
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "clip_norm": 0.3},
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
    ),
    "adam": (
        {"optimizer": "adam", "learning_rate": 0.01, "l2": 0.2, "clip_norm": 0.3},
        lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.2),
    ),
    "adamw": (
        {"optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 0.3, "clip_norm": 0.3},
        lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.3),
    ),
    "rmsprop": (
        {"optimizer": "rmsprop", "learning_rate": 0.01, "l2": 0.2, "clip_value": 0.1},
        lambda p: torch.optim.RMSprop(p, 0.01, weight_decay=0.2),
    ),
    "adagrad": (
        {"optimizer": "adagrad", "learning_rate": 0.01, "l2": 0.2},
        lambda p: torch.optim.Adagrad(p, 0.01, weight_decay=0.2),
    ),
}


def optimizer_of_the_page(module):
    """Run what docs/python.md says, and return its optimiser."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (code,) = (block for block in blocks if block.startswith("for name, bias in module"))
    names = {"module": module, "torch": torch}
    exec(code, names)
    return names["optimizer"]


def train_theirs(case, module, optimizer):
    """Train over the same batches; return the norms of the gradients before clipping."""
    rule, part = case.rule, case.parts[0]
    norms = []
    for order in case.orders(N_EPOCHS):
        for start in range(0, len(order), rule.batch_size):
            rows = order[start : start + rule.batch_size]
            optimizer.zero_grad()
            y = module(torch.tensor(part.x[rows]))
            torch.nn.functional.mse_loss(y, torch.tensor(part.target[rows])).backward()
            most = rule.clip_norm or 1e300
            norms.append(float(torch.nn.utils.clip_grad_norm_(module.parameters(), most)))
            if rule.clip_value:
                torch.nn.utils.clip_grad_value_(module.parameters(), rule.clip_value)
            optimizer.step()
    return norms


@pytest.mark.parametrize("which", RULES)
@pytest.mark.parametrize(("cell", "layers"), [("rnn", 1), ("lstm", 2), ("gru", 2)])
def test_a_training_is_pytorch_s_with_one_bias(cell, layers, which):
    words, make_optimizer = RULES[which]
    case = Case(Rule(batch_size=4, **words), cell=cell, num_layers=layers)
    run = case.start(N_EPOCHS)
    module = case.model.to_torch(params_of(run, run.learner.params))
    (group,) = optimizer_of_the_page(module).param_groups
    optimizer = make_optimizer(group["params"])
    norms = train_theirs(case, module, optimizer)
    _, rows = train(run, case.orders(N_EPOCHS))
    ours, theirs = params_of(run, run.learner.params), from_torch(module)[1]
    for name, array in ours.items():
        np.testing.assert_allclose(theirs[name], array, rtol=0, atol=TOLERANCE, err_msg=name)
    expected = np.reshape(norms, (N_EPOCHS, -1)).mean(axis=1)
    np.testing.assert_allclose(rows[:, 2], expected, rtol=TOLERANCE)  # the third column, grad_norm


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_with_both_biases_pytorch_moves_their_sum_twice(cell):
    case = Case(Rule(batch_size=8, learning_rate=0.1), cell=cell)
    run = case.start(1)
    start = params_of(run, run.learner.params)
    module = case.model.to_torch(start)
    optimizer = torch.optim.SGD(module.parameters(), 0.1)
    part = case.parts[0]
    torch.nn.functional.mse_loss(module(torch.tensor(part.x)), torch.tensor(part.target)).backward()
    optimizer.step()
    train(run, case.orders(1))
    ours, theirs = params_of(run, run.learner.params), from_torch(module)[1]
    hidden = case.model.sizes.hidden
    twice = slice(None, -hidden if cell == "gru" else None)  # n of a GRU has two of its own here
    moved, both = ours["b_h"] - start["b_h"], theirs["b_h"] - start["b_h"]
    assert abs(moved).max() > 1e-3
    np.testing.assert_allclose(both[twice], 2 * moved[twice], rtol=1e-9)
    for name in set(ours) - {"b_h"}:
        np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_both_biases_count_twice_in_the_norm(cell):
    case = Case(Rule(batch_size=8), cell=cell)
    module = case.model.to_torch(case.model.init(0))
    x, target = case.parts[0][:2]
    torch.nn.functional.mse_loss(module(torch.tensor(x)), torch.tensor(target)).backward()
    norm = float(torch.nn.utils.clip_grad_norm_(module.parameters(), 1e300))
    _, grads = case.model.loss_and_gradients(case.model.init(0), x, target)
    square = sum(float((grad**2).sum()) for grad in grads.values())
    assert norm**2 == pytest.approx(square + float((grads["b_h"] ** 2).sum()), rel=1e-9)
