"""Runs that are killed again and again: what they are, how they are killed, and what must hold."""
