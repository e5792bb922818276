"""Saved networks, and their predictions for new data."""
