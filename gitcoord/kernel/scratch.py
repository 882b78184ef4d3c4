"""Directories of ours that are thrown away. `shutil` would do it, and loads every compression that Python has."""

from __future__ import annotations

import os
from pathlib import Path


def remove(directory: Path | str) -> None:
    """Remove a directory and everything in it, as far as that can be done."""
    try:
        with os.scandir(directory) as found:
            entries = list(found)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                remove(entry.path)
            else:
                Path(entry.path).unlink(missing_ok=True)
        Path(directory).rmdir()
    except OSError:
        return
