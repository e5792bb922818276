"""A run: which trials are due, on which threads they train, and what is shown meanwhile."""
