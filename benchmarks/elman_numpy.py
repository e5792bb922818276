"""The Elman network's training step as in the notebook: NumPy, a loop over time."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class NotebookStep:
    """Forward pass as in the notebook's first cell with tanh; BPTT, clipping, SGD in that style."""

    def __init__(self, n_input: int, n_hidden: int, n_output: int) -> None:
        rng = np.random.default_rng(0)
        bound = n_hidden**-0.5

        def draw(*shape: int) -> Array:
            return rng.uniform(-bound, bound, shape).astype(np.float32)

        self.W_xh, self.W_hh = draw(n_input, n_hidden), draw(n_hidden, n_hidden)
        self.W_hy = draw(n_hidden, n_output)
        self.b_h, self.b_y = draw(n_hidden), draw(n_output)

    def __call__(self, x: Array, target: Array, learning_rate: float, clip_norm: float) -> None:
        """Make one update; `x` (B, T, I), `target` (B, O)."""
        n_batch, n_time, _ = x.shape
        hidden = np.zeros((n_batch, n_time + 1, len(self.W_hh)), np.float32)
        for t in range(n_time):
            hidden[:, t, :] = np.tanh(
                np.dot(x[:, t, :], self.W_xh) + np.dot(hidden[:, t - 1, :], self.W_hh) + self.b_h
            )
        last = hidden[:, n_time - 1, :]
        dy = 2 * (np.dot(last, self.W_hy) + self.b_y - target) / target.size
        dW_hy, db_y = np.dot(last.T, dy), dy.sum(axis=0)
        dW_xh, dW_hh = np.zeros_like(self.W_xh), np.zeros_like(self.W_hh)
        db_h = np.zeros_like(self.b_h)
        dh = np.dot(dy, self.W_hy.T)
        for t in reversed(range(n_time)):
            dz = dh * (1 - hidden[:, t, :] ** 2)
            dW_xh += np.dot(x[:, t, :].T, dz)
            dW_hh += np.dot(hidden[:, t - 1, :].T, dz)
            db_h += dz.sum(axis=0)
            dh = np.dot(dz, self.W_hh.T)
        gradients = (dW_xh, dW_hh, dW_hy, db_h, db_y)
        norm = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
        scale = min(1.0, clip_norm / (norm + 1e-6)) * learning_rate
        params = (self.W_xh, self.W_hh, self.W_hy, self.b_h, self.b_y)
        for param, gradient in zip(params, gradients, strict=True):
            param -= np.float32(scale) * gradient
