"""The notes as a view of the record: written by one process at a time, and made whole where they lag behind it.

The shell of a hook puts a commit on record, and a process for which nobody waits writes the note (hooks/post-commit).
Where that failed or was killed the note is owed: `<coord>/noted` says up to where the record has its notes.
"""

# ruff: noqa: SIM105 - light: contextlib is not imported

from __future__ import annotations

import os
import time

from gitcoord.guard import record
from gitcoord.kernel import atomic, coordfile, file, revision
from gitcoord.kernel.refname import NOTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from types import ModuleType

    from gitcoord.kernel.git import Git
    from gitcoord.policy.ids import Oid, RefName

PATIENCE = 5.0
"""Seconds that another process may take for its note."""

_FANOUTS = 3  # directories that git puts above a note at most, as far as we look
_SUBJECT = b"Notes of the record of this clone\n"


def show(git: Git, coord_dir: str, commit: Oid, lines: Iterable[str]) -> None:
    """Put a note there, in place of any that there is. Raises `GitFailed` or `OSError`."""
    text = "".join(line + "\n" for line in lines)
    with _Turn(coord_dir):
        git.run("notes", f"--ref={NOTES}", "add", "-f", "-F", "-", commit, data=text.encode())


def settle(git: Git, coord_dir: str, shown: Collection[Oid] = ()) -> None:
    """Write the notes that are owed, all in one go. `shown` are commits that have theirs.

    Raises `GitFailed` or `OSError`; then they are still owed.
    """
    path = f"{coord_dir}/{coordfile.NOTED}"
    seen = file.first_line(path)
    fresh, mark = record.since(coord_dir, seen)
    if mark == seen:
        return
    owed = [commit for commit in fresh if commit not in shown]
    if owed:
        with _Turn(coord_dir):
            lacking = _lacking(git, owed)
            if lacking:
                known = record.read(coord_dir, record.OWN)
                made = stream(
                    NOTES,
                    {commit: known.get(commit, fresh[commit]) for commit in lacking},
                    revision.leads_to(git, NOTES),
                )
                git.run("fast-import", "--quiet", "--date-format=now", data=made)
    atomic.put(path, mark + "\n")


def stream(ref: RefName, notes: Mapping[Oid, Iterable[str]], parent: Oid) -> bytes:
    """Return what tells `git fast-import` to add notes to those of the commit `parent`, '' for none."""
    head = f"commit {ref}\ncommitter gitcoord <> now\ndata {len(_SUBJECT)}\n".encode()
    parts = [head, _SUBJECT, f"from {parent}\n".encode() if parent else b""]
    for commit, lines in notes.items():
        text = "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
        parts += [f"N inline {commit}\ndata {len(text)}\n".encode(), text, b"\n"]
    return b"".join(parts)


def _lacking(git: Git, commits: list[Oid]) -> list[Oid]:
    """Return the commits that are in the repository and have no note."""
    asked = [name for commit in commits for name in (commit, *_places(commit))]
    data = "".join(f"{name}\n" for name in asked).encode()
    kinds = git.run("cat-file", "--batch-check=%(objecttype)", data=data).split(b"\n")
    each = len(asked) // len(commits)
    said = {commit: kinds[each * at : each * (at + 1)] for at, commit in enumerate(commits)}
    return [commit for commit, found in said.items() if found[0] == b"commit" and b"blob" not in found]


def _places(commit: Oid) -> list[str]:
    """Return where the note of a commit may stand: git puts more directories above as notes become more."""
    parts = [commit[at : at + 2] for at in range(0, 2 * _FANOUTS, 2)]
    return [f"{NOTES}:{'/'.join((*parts[:depth], commit[2 * depth :]))}" for depth in range(_FANOUTS + 1)]


class _Turn:
    """The turn to write notes: of two gits that do so at once one would lose its note.

    A shell cannot lock. It adds its line to a file: the process of the first line is at it. Where that was stopped,
    better to risk a note than to hang.
    """

    __slots__ = ("_busy", "_coord_dir", "_lock")

    def __init__(self, coord_dir: str) -> None:
        self._coord_dir = coord_dir

    def __enter__(self) -> None:
        import fcntl

        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._lock = os.open(f"{self._coord_dir}/{coordfile.NOTES_LOCK}", flags, 0o666)
        self._busy = -1
        try:
            self._busy = os.open(f"{self._coord_dir}/{coordfile.NOTES_BUSY}", flags | os.O_APPEND, 0o666)
        except OSError:
            pass  # then no shell writes a note either
        deadline = time.monotonic() + PATIENCE
        while not (_locked(self._lock, fcntl) and self._is_ours()) and time.monotonic() < deadline:
            time.sleep(0.005)

    def __exit__(self, *_: object) -> None:
        if self._busy >= 0:
            os.ftruncate(self._busy, 0)
            os.close(self._busy)
        os.close(self._lock)

    def _is_ours(self) -> bool:
        """Return whether our line is the first of the file; add it where there is none."""
        if self._busy < 0:
            return True
        line = f"{os.getpid()}\n".encode()
        if not os.pread(self._busy, 1, 0):
            os.write(self._busy, line)
        return os.pread(self._busy, len(line), 0) == line or time.time() - os.fstat(self._busy).st_mtime > PATIENCE


def _locked(fd: int, fcntl: ModuleType) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # the file system does not lock
    return True
