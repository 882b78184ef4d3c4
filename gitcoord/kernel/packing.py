"""Housekeeping of our own: what was written lately goes into a pack, long before git would find that it is too much.

An operation leaves some fifteen loose objects. Git looks at their number when the user commits, and with 6,700 of them
it starts a gc that takes as long as the history is large. So whoever comes along packs what is new, outside of the
writer lock (docs/performance.md has the figures).

Only what refs name is packed, so a `git repack -ad` that knows our pack finds its objects through those refs, too. A
loose object goes when a pack that is on the disk has it, an elder pack when a larger one has taken it in. So whoever is
killed between two steps leaves something twice, or a file that git removes, and nothing is missing.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gitcoord.errors import Busy, CoordError, GitFailed
from gitcoord.kernel import lock
from gitcoord.kernel.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gitcoord.kernel.git import Git
    from gitcoord.kernel.store import Store

FILE = "packed"
LOCK = "pack-lock"

DUE = 192 * 1024
"""Bytes of the journal after which it is time: about 1,200 objects."""

PAUSE = 5.0
"""Seconds after a try in which nobody begins another."""

CROWDED = 10
"""Files in one of the 256 directories of loose objects from which on others have written many: fetches do."""

SELDOM = 600
"""Seconds between two tries because of those, who may be the user's."""

REFS = ("refs/coord/", "refs/coord-remote/", "refs/notes/coord")
BEAT = "/beat"
"""Refs that end so are replaced all the time, and what they named is removed."""

FACTOR = 2
"""A pack is taken into a new one at least half as large: so packs are few, and each object is moved seldom."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is packed: the journal up to `size` bytes of the file `inode`, all that `tips` reach; `packs` with sizes.

    `time` is when, in seconds.
    """

    inode: int = 0
    size: int = 0
    time: float = 0
    tips: tuple[str, ...] = ()
    packs: tuple[tuple[str, int], ...] = field(default=())

    @classmethod
    def load(cls, directory: Path) -> Mark:
        """As it was written last; an empty one where there is none, or it is damaged."""
        try:
            data = json.loads((directory / FILE).read_bytes())
            packs = tuple((str(name), int(count)) for name, count in data["packs"])
            return cls(int(data["inode"]), int(data["size"]), float(data["time"]), tuple(map(str, data["tips"])), packs)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return cls()

    def save(self, directory: Path) -> None:
        """Write it, whole or not at all."""
        data: dict[str, Any] = {"inode": self.inode, "size": self.size, "time": self.time}
        data |= {"tips": self.tips, "packs": self.packs}
        beside = directory / f"{FILE}.new"
        beside.write_text(json.dumps(data))
        beside.replace(directory / FILE)


def is_due(directory: Path, store_dir: str) -> bool:
    """Whether enough was written since: two or three stats, one file read."""
    mark = Mark.load(directory)
    if 0 <= time.time() - _tried(directory) < PAUSE:
        return False
    if _written(directory, mark) >= DUE:
        return True
    try:
        crowded = len(os.listdir(f"{store_dir}/objects/17")) >= CROWDED  # noqa: PTH208 - after each command
    except OSError:
        return False
    return crowded and not 0 <= time.time() - mark.time < SELDOM


def _tried(directory: Path) -> float:
    """When somebody packed last, or tried to."""
    try:
        return (directory / LOCK).stat().st_mtime
    except OSError:
        return 0.0


def _written(directory: Path, mark: Mark) -> int:
    """Bytes that the journal got since."""
    journal = Journal(directory, fsync=False)
    young, old = _stat(journal.young), _stat(journal.old)
    if mark.inode == young[0] and mark.size <= young[1]:
        return young[1] - mark.size
    return young[1] + old[1] - (mark.size if mark.inode == old[0] else 0)


def _stat(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return -1, 0
    return found.st_ino, found.st_size


def pack(store: Store, git: Git) -> int:
    """Pack what was written since the last time; returns how many objects. 0 where another process is at it.

    `git` is bound to the store. Raises `GitFailed`, `Unreadable`; what was packed by then stays so.
    """
    try:
        with lock.held(store.directory / LOCK, 0):
            try:
                return _pack(store, git)
            except GitFailed:  # something is missing: a prune took it, or damage
                with store.write_lock():
                    store.objects.heal()
                return _pack(store, git)
    except Busy:
        return 0


def _pack(store: Store, git: Git) -> int:
    before = Mark.load(store.directory)
    # The journal first: what is added to it while refs are listed is packed now or next time.
    inode, size = _stat(Journal(store.directory, fsync=False).young)
    tips = _tips(git)
    objects = store.objects.directory
    lines = _loose(objects, git, tips, before.tips)
    packs = [(name, count) for name, count in before.packs if (objects / "pack" / f"{name}.idx").exists()]
    if lines:
        packs.append((_write(objects, git, [], lines), len(lines)))
        packs = _merge(objects, git, packs)
        git.run("prune-packed", "--quiet")
    Mark(inode, size, time.time(), tuple(tips), tuple(packs)).save(store.directory)
    return len(lines)


def _tips(git: Git) -> list[str]:
    listing = git.text("for-each-ref", "--format=%(objectname) %(refname)", *REFS)
    named = (line.partition(" ") for line in listing.splitlines())
    return list(dict.fromkeys(oid for oid, _, ref in named if not ref.endswith(BEAT)))


def _loose(objects: Path, git: Git, tips: Iterable[str], packed: Iterable[str]) -> list[str]:
    """The loose objects that `tips` reach and `packed` do not: lines of an id and a name, for pack-objects."""
    asked = git.run("cat-file", "--batch-check=%(objectname)", data="".join(f"{oid}\n" for oid in packed).encode())
    known = [f"^{line}" for line in asked.decode().splitlines() if not line.endswith(" missing")]
    found = git.run("rev-list", "--objects", "--stdin", data="".join(f"{one}\n" for one in (*tips, *known)).encode())
    lines = found.decode(errors="surrogateescape").splitlines()
    return [line for line in lines if (objects / line[:2] / line[2:40]).exists()]


def _write(objects: Path, git: Git, options: list[str], lines: list[str]) -> str:
    """Write a pack, durable on return; returns its name."""
    data = "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")
    where = str(objects / "pack" / "pack")
    command = ["-c", "core.fsync=pack,pack-metadata", "pack-objects", "--quiet", "--threads=1", "--delta-base-offset"]
    said = git.run(*command, *options, where, data=data)
    directory = os.open(objects / "pack", os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(directory)  # git synchronises the files, not their names
    finally:
        os.close(directory)
    return f"pack-{said.decode().split()[-1]}"


def _merge(objects: Path, git: Git, packs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Make one of the newest packs where they have grown to the size of the ones before them."""
    at = len(packs) - 1
    total = packs[at][1]
    while at and packs[at - 1][1] <= FACTOR * total:
        at -= 1
        total += packs[at][1]
    directory = objects / "pack"
    if at == len(packs) - 1 or (directory / "multi-pack-index").exists():
        return packs
    old = [name for name, _ in packs[at:]]
    if any((directory / f"{name}.keep").exists() for name in old):
        return packs
    new = _write(objects, git, ["--stdin-packs"], [f"{name}.pack" for name in old])
    for name in old:
        if name != new:
            # The index first: whoever sees a pack without one does not look into it.
            for end in (".idx", ".rev", ".bitmap", ".pack"):
                (directory / f"{name}{end}").unlink(missing_ok=True)
    return [*packs[:at], (new, total)]


def in_background(store: Store, git: Git) -> None:
    """Pack in a process of its own, which the caller does not wait for; what goes wrong there is tried again later."""
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    with suppress(BaseException):
        os.setsid()
        if os.fork() == 0:
            _detach()
            os.nice(10)
            with suppress(CoordError, OSError):
                pack(store, git)
    os._exit(0)


def _detach() -> None:
    """Hold nothing open that somebody may wait for the end of."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(3, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 65536 else 65536)
