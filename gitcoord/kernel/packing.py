"""Housekeeping of our own: what was written lately goes into a pack, long before git would find that it is too much.

An operation leaves some thirteen loose objects. Git looks at their number when the user commits, and with 6,700 of them
it starts a gc that takes as long as the history is large. So whoever comes along packs what is new, outside of the
writer lock (docs/performance.md has the figures).

Only what refs name is packed, so a `git repack -ad` that knows our pack finds its objects through those refs, too. A
loose object goes when a pack that is on the disk has it, an elder pack when a larger one has taken it in. So whoever is
killed between two steps leaves something twice, and nothing is missing. A pack is written beside the others first, and
comes to its place only when the mark names it: so a pack of ours is always known as ours, and taken in later.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.errors import Busy, GitFailed
from gitcoord.kernel import atomic, background, coordfile, lock, scratch
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.refname import OURS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gitcoord.kernel.git import Git
    from gitcoord.kernel.store import Store

FILE = coordfile.PACKED
LOCK = coordfile.PACK_LOCK
STAGE = "coord-packing"
"""The directory beside the loose objects in which a pack is written; git does not look there."""

_ENDS = (".idx", ".rev", ".bitmap", ".pack")
"""The files of a pack in the order in which they go: a pack without its index is not looked into."""

DUE = 192 * 1024
"""Bytes of the journal after which it is time: about 1,200 objects."""

PAUSE = 5.0
"""Seconds after a try in which nobody begins another."""

CROWDED = 10
"""Files in one of the 256 directories of loose objects from which on others have written many: fetches do."""

SELDOM = 600
"""Seconds between two tries because of those, who may be the user's."""

BEAT = "/beat"
"""Refs that end so are replaced all the time, and what they named is removed."""

FACTOR = 2
"""A pack is taken into a new one where the smaller ones are half as large: packs are few, objects move seldom."""


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
        atomic.put(directory / FILE, json.dumps(data))


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
                store.heal()
                return _pack(store, git)
    except Busy:
        return 0


def _pack(store: Store, git: Git) -> int:
    before = Mark.load(store.directory)
    # The journal first: what is added to it while refs are listed is packed now or next time.
    inode, size = _stat(Journal(store.directory, fsync=False).young)
    tips = _tips(git)
    shelf = Shelf(store, git, before)
    shelf.tidy()
    lines = _loose(shelf.objects, git, tips, before.tips)
    if lines:
        shelf.write([], lines, len(lines))
        shelf.merge()
    git.run("prune-packed", "--quiet")  # also for one that was killed before it had removed them all
    Mark(inode, size, time.time(), tuple(tips), tuple(shelf.packs)).save(store.directory)
    return len(lines)


def _tips(git: Git) -> list[str]:
    listing = git.text("for-each-ref", "--format=%(objectname) %(refname)", *OURS)
    named = (line.partition(" ") for line in listing.splitlines())
    return list(dict.fromkeys(oid for oid, _, ref in named if not ref.endswith(BEAT)))


def _loose(objects: Path, git: Git, tips: Iterable[str], packed: Iterable[str]) -> list[str]:
    """The loose objects that `tips` reach and `packed` do not: lines of an id and a name, for pack-objects."""
    asked = git.run("cat-file", "--batch-check=%(objectname)", data="".join(f"{oid}\n" for oid in packed).encode())
    known = [f"^{line}" for line in asked.decode().splitlines() if not line.endswith(" missing")]
    found = git.run("rev-list", "--objects", "--stdin", data="".join(f"{one}\n" for one in (*tips, *known)).encode())
    lines = found.decode(errors="surrogateescape").splitlines()
    return [line for line in lines if (objects / line[:2] / line[2:40]).exists()]


class Shelf:
    """The packs of ours. `packs` are their names and sizes; `mark` is what was packed before."""

    def __init__(self, store: Store, git: Git, mark: Mark) -> None:
        self.objects = store.objects.directory
        self._coord = store.directory
        self._git = git
        self._mark = mark
        self._stage = self.objects / STAGE
        self.packs = [pack for pack in mark.packs if self._file(pack[0], ".idx").exists()]

    def tidy(self) -> None:
        """Remove what one that was killed left: a pack that did not come to its place, or one half removed."""
        scratch.remove(self._stage)
        for name, _ in self._mark.packs:
            if not self._file(name, ".idx").exists():
                self._remove(name)

    def write(self, options: list[str], lines: list[str], count: int) -> str:
        """Write a pack of `count` objects, durable on return; returns its name."""
        data = "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")
        self._stage.mkdir(exist_ok=True)
        command = ["-c", "core.fsync=pack,pack-metadata", "pack-objects", "--quiet", "--threads=1"]
        said = self._git.run(*command, "--delta-base-offset", *options, str(self._stage / "pack"), data=data)
        name = f"pack-{said.decode().split()[-1]}"
        if name not in dict(self.packs):
            self.packs.append((name, count))
        replace(self._mark, packs=tuple(self.packs)).save(self._coord)
        for end in reversed(_ENDS):
            with suppress(FileNotFoundError):
                (self._stage / f"{name}{end}").replace(self._file(name, end))
        directory = os.open(self.objects / "pack", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(directory)  # git synchronises the files, not their names
        finally:
            os.close(directory)
        scratch.remove(self._stage)
        return name

    def merge(self) -> None:
        """Make one of the smaller packs, from the first on that is not larger than twice all that are smaller.

        Who is killed between two steps leaves them in any order. The algorithm is that of `git repack --geometric`.
        """
        self.packs.sort(key=lambda pack: pack[1], reverse=True)
        sizes = [size for _, size in self.packs]
        at = next((at for at, size in enumerate(sizes[:-1]) if size <= FACTOR * sum(sizes[at + 1 :])), len(sizes))
        if at == len(sizes) or self._file("multi-pack-index").exists():
            return
        total = sum(sizes[at:])
        old = [name for name, _ in self.packs[at:]]
        if any(self._file(name, ".keep").exists() for name in old):
            return
        new = self.write(["--stdin-packs"], [f"{name}.pack" for name in old], total)
        for name in old:
            if name != new:
                self._remove(name)
        self.packs = [*self.packs[:at], (new, total)]

    def _file(self, name: str, end: str = "") -> Path:
        return self.objects / "pack" / f"{name}{end}"

    def _remove(self, name: str) -> None:
        for end in _ENDS:
            self._file(name, end).unlink(missing_ok=True)


def in_background(store: Store, git: Git) -> None:
    """Pack in a process of its own, which the caller does not wait for; what goes wrong there is tried again later."""
    background.run(lambda: pack(store, git))
