"""Files that a group shares: what `core.sharedRepository` asks for holds for everything that gitcoord creates.

`init` opens the coord directory as the setting says. From then on the directory says it: a process that may create
files below it takes over the directory's openness, whatever its own umask. Git's files are git's affair. Light: hooks
use it.
"""

# ruff: noqa: PTH101, PTH116 - light: pathlib is not imported

from __future__ import annotations

import os

_NAMES = {
    **dict.fromkeys(("group", "true", "yes", "on", "1"), 0o660),
    **dict.fromkeys(("all", "world", "everybody", "2"), 0o664),
}


def mode(setting: str) -> int:
    """Return the file permissions that `core.sharedRepository` asks for; 0 where it leaves them to the umask."""
    named = _NAMES.get(setting.lower())
    if named is not None:
        return named
    octal = len(setting) >= 3 and setting.isascii() and setting.isdigit() and max(setting) < "8"
    return int(setting, 8) & 0o666 if octal else 0


def open_directory(path: str, bits: int) -> bool:
    """Open a directory to those whom the file permissions `bits` let in; return whether that changed anything."""
    before = os.stat(path).st_mode & 0o7777
    wanted = before | bits | (bits >> 2 & 0o111)
    if wanted == before:
        return False
    os.chmod(path, wanted)
    return True


def adopt(directory: str) -> None:
    """Let this process create files as open as `directory`, where that is open to its group.

    Changes the umask of the process. A directory that cannot be looked at changes nothing.
    """
    try:
        bits = os.stat(directory).st_mode & 0o077
    except OSError:
        return
    if bits & 0o020:
        os.umask(os.umask(0o077) & ~bits)
