"""One network: its settings, its parameters, the arrays that kernels take, and PyTorch."""
