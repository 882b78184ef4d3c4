"""Commits that leave out what others hold."""
