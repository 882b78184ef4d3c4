"""One path, whatever the case of its letters: text with A to Z folded to a to z, and nothing else.

Scopes and paths are compared in this form, on every file system. It has no Unicode tables, so that the fold is the same
on every machine.

Light: the guard loads it on every commit.
"""

from __future__ import annotations

_FOLD = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def folded(text: str) -> str:
    """Return the text with the ASCII letters A to Z in lower case."""
    return text.lower() if text.isascii() else text.translate(_FOLD)
