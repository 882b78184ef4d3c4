"""Commits that went past the guard."""
