"""Directories of ours that are thrown away. `shutil` would do it, and loads every compression that Python has."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def remove(directory: Path | str) -> None:
    """Remove a directory and everything in it, as far as that can be done."""
    with suppress(OSError):
        with os.scandir(directory) as found:
            entries = list(found)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                remove(entry.path)
            else:
                with suppress(OSError):
                    Path(entry.path).unlink()
        Path(directory).rmdir()
