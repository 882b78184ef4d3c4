"""The maker of each commit, as this clone has it on record: the notes are a view that a fetch may replace.

Two files of the coord directory: `makers` says what the hooks of this clone saw, `makers-learned` what a sync read in
notes of other clones first. A line is a commit and the lines of its note, separated by tabs, with a period at its end:
a line that was cut short counts for nothing. A full file is renamed to `.old`, in place of the one before. The shell of
a hook may append a line, too (hooks/post-commit).
"""

# ruff: noqa: PTH104, PTH116 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.kernel import coordfile, file
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OWN = coordfile.MAKERS
"""What the hooks of this clone saw."""

LEARNED = coordfile.MAKERS_LEARNED
"""What a sync read in the notes of other clones."""

FULL = 2 << 20
"""Size in bytes at which a file is renamed to `.old`: about 10,000 commits."""

_END = "\t."


def add(coord_dir: str, notes: Mapping[str, Iterable[str]], name: str = OWN) -> None:
    """Add the lines of these commits' notes to the record; they join those that it has. Raises `OSError`."""
    lines = ["\t".join([commit, *map(_plain, said)]) + _END + "\n" for commit, said in notes.items()]
    if not lines:
        return
    path = f"{coord_dir}/{name}"
    fd = _open(path)
    try:
        # The line end comes first, too: what was cut short before does not run into this.
        data = ("\n" + "".join(lines)).encode("utf-8", "surrogateescape")
        if os.write(fd, data) != len(data):
            raise OSError(28, os.strerror(28), path)
    finally:
        os.close(fd)


def begin(coord_dir: str) -> None:
    """Make the files to which the shell of a hook appends, with room in them. Raises `OSError`."""
    os.close(_open(f"{coord_dir}/{OWN}"))
    os.close(_opened(f"{coord_dir}/{coordfile.NOTES_BUSY}"))


def _open(path: str) -> int:
    """Open a file to append to, a new one where it was full."""
    fd = _opened(path)
    try:
        if os.fstat(fd).st_size < FULL or not _turn(path, fd):
            return fd
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return _opened(path)


def _opened(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)


def read(coord_dir: str, *names: str) -> dict[str, list[str]]:
    """Return the lines on record of each commit, by default of both files: what this clone saw hides what it learned.

    A file that cannot be read holds nothing.
    """
    found: dict[str, list[str]] = {}
    for name in names or (LEARNED, OWN):
        found |= _read(f"{coord_dir}/{name}")
    return found


def _read(path: str) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for each in (path + ".old", path):
        try:
            content = file.read(each).decode("utf-8", "surrogateescape")
        except OSError:
            continue
        for line in content.split("\n"):
            commit, *said = line.removesuffix(_END).split("\t")
            if line.endswith(_END) and "\0" not in line and Oid.fits(commit):
                found.setdefault(commit, {}).update(dict.fromkeys(said))
    return {commit: list(said) for commit, said in found.items()}


def _turn(path: str, fd: int) -> bool:
    """Rename the full file that is open as `fd`; return whether a new one is to be begun. One process does it."""
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(fd).st_ino == os.stat(path).st_ino:
            os.rename(path, path + ".old")
    except OSError:
        return False  # another process is about to rename it, or the file system does not lock: append to this one
    return True


def _plain(line: str) -> str:
    return line.replace("\t", " ").replace("\n", " ")
