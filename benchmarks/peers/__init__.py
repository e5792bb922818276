"""The same sweeps as a competent user would write them in PyTorch and in JAX."""
