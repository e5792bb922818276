"""One trial: its data, its network, its training rule, and what is recorded of it."""
