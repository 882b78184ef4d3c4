"""Where a clone is, and whether that is where its id was made. Light: the guard uses it."""

# ruff: noqa: PTH116 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.kernel import process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def of(directory: str) -> dict[str, object]:
    """Return where this directory is: machine, path and inode, and the disk for as long as the kernel runs.

    What is not known is ''. Raises `OSError` where the directory is not there.
    """
    from gitcoord.kernel import machine

    found = os.stat(directory)
    return {
        "inode": found.st_ino,
        "path": os.path.realpath(directory),
        "machine": machine.identity(),
        "disk": _disk(found),
    }


def is_here(known: Mapping[str, object], directory: str) -> bool:
    """Whether this directory is for certain the place that is `known`: the same one of the same disk.

    That is quickly told. Raises `OSError` where the directory is not there.
    """
    disk = _disk(os.stat(directory))
    return bool(disk) and known.get("disk") == disk


def _disk(found: os.stat_result) -> str:
    boot = process.boot()
    return f"{boot}:{found.st_dev}:{found.st_ino}" if boot else ""


def is_copy(known: Mapping[str, object], now: Mapping[str, object]) -> bool:
    """Whether the place `now` holds a copy of what was made in the place that is `known`.

    The same directory of the same disk is the same clone, also seen from inside of a container. Otherwise another
    machine makes a copy of it; on the same one a move keeps the inode, a restored backup the path, a copy neither.
    """
    if known.get("disk") and known.get("disk") == now["disk"]:
        return False
    if known.get("machine") and now["machine"] and known["machine"] != now["machine"]:
        return True
    return known.get("inode") != now["inode"] and known.get("path") != now["path"]
