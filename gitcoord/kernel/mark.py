"""A word, a number or a record in a small file of the coord directory.

After a power cut such a file may be empty, cut short, or full of NUL bytes. Whatever is kept so can be found out again,
so a file that cannot be read counts as missing, and the next writer replaces it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitcoord.kernel import atomic

if TYPE_CHECKING:
    from pathlib import Path

LATEST = 1 << 40
"""The largest number that is believed: no count and no time (seconds) is beyond it."""

LONGEST = 1 << 20
"""Bytes that are read of such a file."""


def word(path: Path) -> str:
    """Return the one word of plain ASCII in the file; '' where it holds anything else."""
    found = _read(path)
    return found if found.isascii() and found.isprintable() and " " not in found else ""


def number(path: Path) -> int:
    """Return the number in the file; 0 where it does not hold one between 0 and `LATEST`."""
    found = word(path)
    return int(found) if found.isdigit() and len(found) <= 13 and int(found) <= LATEST else 0


def record(path: Path) -> dict[str, Any]:
    """Return the JSON object in the file; an empty one where it does not hold any."""
    try:
        found = json.loads(_read(path))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def put(path: Path, text: str) -> bool:
    """Replace the content of the file, whole or not at all; false where the disk is full, read-only, or fails.

    No command fails because it could not keep such a file. Its directory is made where there is none.
    """
    try:
        try:
            atomic.put(path, text)
        except FileNotFoundError:
            path.parent.mkdir(exist_ok=True)
            atomic.put(path, text)
    except OSError:
        return False
    return True


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST).decode().strip()
    except (OSError, UnicodeDecodeError):
        return ""
