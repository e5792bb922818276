"""The cost of batches with sequences of different lengths: python -m benchmarks.lengths.

Times the same training twice: with all sequences of T time steps, and with lengths spread evenly
from 1 to T, which are half as many time steps in all.
"""

import numpy as np

from rnnsweep.execution.bench import take_turns
from rnnsweep.kernels import linking, optimizers
from rnnsweep.kernels.training import Rule
from rnnsweep.network.buffers import make_sequences
from rnnsweep.network.model import Model
from rnnsweep.training.session import Session

BATCH, SEQ_LEN, N_STEPS, N_ROUNDS = 32, 64, 16, 7


def main() -> None:
    """Print the ratios."""
    rng = np.random.default_rng(0)
    n = BATCH * N_STEPS
    spread = 1 + rng.permutation(n) % SEQ_LEN
    share = spread.mean() / SEQ_LEN
    print(f"real time steps: {share:.2f} of those of full length; time, as a share of theirs:")
    for cell in ("rnn", "lstm", "gru"):
        for n_hidden in (8, 32, 128):
            calls = {}
            for name, lengths in (("full", np.full(n, SEQ_LEN)), ("spread", spread)):
                model = Model(cell=cell, input_size=2, hidden_size=n_hidden, output_size=1)
                x = rng.standard_normal((n, SEQ_LEN, 2))
                data = make_sequences(x, x[:, 0, :1], model.dtype, model.sizes, 1, lengths)
                rule = Rule(batch_size=BATCH, update=optimizers.address("sgd", "float32"))
                objective = linking.objective_of("mse", "float32")
                run = Session(model, objective, rule, np.full(10**6, 1e-4), data, data)

                def call(run: Session = run) -> int:
                    run.train(np.arange(n)[np.newaxis], np.zeros(1, np.int64))
                    return 1

                calls[name] = call
            seconds = take_turns(calls, 0.0, N_ROUNDS)
            print(f"{cell:>5} H {n_hidden:4d} {seconds['spread'] / seconds['full']:6.2f}")


if __name__ == "__main__":
    main()
