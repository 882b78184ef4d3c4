"""The tables of options in docs/reference.md and docs/git-coord.1: made from the commands, between marks.

`python -m tests.reference` writes them anew.
"""
