"""What git and the server said, made fit to be shown."""

from __future__ import annotations

_PROGRESS = (
    "Enumerating objects",
    "Counting objects",
    "Delta compression",
    "Compressing objects",
    "Writing objects",
    "Total ",
    "Unpacking objects",
    "Receiving objects",
    "Indexing objects",
    "Resolving deltas",
    "Checking objects",
    "Checking connectivity",
)
"""How lines begin that say how far git is."""


def clean(said: bytes) -> str:
    """What git and the server said, without prefixes, progress and controls, on one line."""
    lines = [line.removeprefix("remote: ").strip() for line in said.decode(errors="replace").splitlines()]
    text = "; ".join(line for line in lines if line and line != "remote:" and not line.startswith(_PROGRESS))
    return "".join(char if char.isprintable() else "?" for char in text)[:500]
