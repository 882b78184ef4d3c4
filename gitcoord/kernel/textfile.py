"""A file of lines that is there whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.kernel import atomic
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write(file: Path, lines: Iterable[str], called: str = "") -> None:
    """Write lines to a file that is there whole or not at all. Raises `Usage`, with what the file is `called`."""
    try:
        atomic.put(file, "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise errors.usage.CannotUse("write", printable(called or str(file)), why) from error
