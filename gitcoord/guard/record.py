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


def add(coord_dir: str, notes: Mapping[Oid, Iterable[str]], name: str = OWN) -> None:
    """Add the lines of these commits' notes to the record; they join those that it has. Raises `OSError`."""
    lines = [joined([commit, *said]) + _END + "\n" for commit, said in notes.items()]
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
    """Make the files that the shell of a hook writes, with room in them. Raises `OSError`."""
    os.close(_open(f"{coord_dir}/{OWN}"))
    for name in (coordfile.NOTES_BUSY, coordfile.NOTES_WRITER):
        os.close(_opened(f"{coord_dir}/{name}"))


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


def read(coord_dir: str, *names: str) -> dict[Oid, list[str]]:
    """Return the lines on record of each commit, by default of both files: what this clone saw hides what it learned.

    A file that cannot be read holds nothing.
    """
    found: dict[Oid, list[str]] = {}
    for name in names or (LEARNED, OWN):
        found |= _read(f"{coord_dir}/{name}")
    return found


def since(coord_dir: str, mark: str) -> tuple[dict[Oid, list[str]], str]:
    """Return what this clone's hooks put on record behind a mark, '' for all of it, and the mark of now.

    A mark is the inode of the file and how many bytes of it were read: where the file is another, all is behind it.
    """
    path = f"{coord_dir}/{OWN}"
    try:
        stands = os.stat(path)
        if mark == f"{stands.st_ino} {stands.st_size}":
            return {}, mark
        content = file.read(path)
    except OSError:
        return {}, mark
    whole = content[: content.rfind(b"\n") + 1]  # a line may be about to be written
    inode, _, length = mark.partition(" ")
    known = inode == str(stands.st_ino) and length.isdigit()
    behind = [whole[int(length) :]] if known else [_content(path + ".old"), whole]
    return _parse(behind), f"{stands.st_ino} {len(whole)}"


def _read(path: str) -> dict[Oid, list[str]]:
    return _parse([_content(path + ".old"), _content(path)])


def _content(path: str) -> bytes:
    try:
        return file.read(path)
    except OSError:
        return b""


def _parse(contents: list[bytes]) -> dict[Oid, list[str]]:
    found: dict[Oid, dict[str, None]] = {}
    for content in contents:
        for line in content.decode("utf-8", "surrogateescape").split("\n"):
            commit, *said = line.removesuffix(_END).split("\t")
            if line.endswith(_END) and "\0" not in line and Oid.fits(commit):
                found.setdefault(Oid(commit), {}).update(dict.fromkeys(said))
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


def joined(lines: Iterable[str]) -> str:
    """Return these lines as one, with tabs between them."""
    return "\t".join(line.replace("\t", " ").replace("\n", " ") for line in lines)
