"""Directories of ours that are thrown away."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def remove(directory: Path) -> None:
    """Remove a directory and everything in it, as far as that can be done."""
    try:
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()
    except OSError:
        if not os.path.lexists(directory):
            return
        import shutil  # loads every compression that Python has: most of these directories hold a file or two

        shutil.rmtree(directory, ignore_errors=True)
