"""Git objects, raw as the fold compares them: loose ones read and written here, packed ones through `packs`."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.errors import TooLarge, Unreadable
from gitcoord.kernel import coordfile, loose, treeformat
from gitcoord.kernel.packs import Packs
from gitcoord.kernel.treeformat import EMPTY_TREE
from gitcoord.policy.ids import StoreOid
from gitcoord.policy.limits import OBJECT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.kernel.git import Git
    from gitcoord.kernel.journal import Journal

__all__ = ["EMPTY_TREE", "Objects", "object_id"]

_HEAD = 64 * 1024
"""Bytes in which the head of a commit ends: its parents, and who signed it."""

_HEAD_FORMAT = "--format=%P%ntree %T%nauthor %an <%ae> %at +0000%ncommitter %cn <%ce> %ct +0000"
_CACHED = 4096
_LOOKED_AT = 256

WARY = 600.0
"""Seconds after a repack (a gc may still be pruning) in which writers look after what was written lately."""

PAUSE = 1.0
"""Seconds between two such looks: what is found missing earlier is found by whoever misses it."""

TAIL = 256 * 1024
"""Bytes at the end of the journal that are then looked at: more than is written in that time."""


def object_id(kind: str, content: bytes) -> StoreOid:
    """The id that git gives to this object."""
    return StoreOid(hashlib.sha1(_whole(kind, content), usedforsecurity=False).hexdigest())


def _whole(kind: str, content: bytes) -> bytes:
    return b"%s %d\0" % (kind.encode(), len(content)) + content


def _head(printed: bytes) -> bytes:
    """The head of a commit, of what `git rev-list` prints with `_HEAD_FORMAT`."""
    _, parents, tree, *who = printed.splitlines()
    return b"\n".join([tree, *(b"parent " + oid for oid in parents.split()), *who])


class Objects:
    """The object database of the store, with a journal that can bring back what was lost.

    What `write` puts down belongs to the open transaction until `settle`. Nothing is inflated that is larger than
    the schema allows; `git` reads the beginning of such an object where it is in a pack.
    """

    def __init__(self, store_dir: str, journal: Journal, git: Git | None = None) -> None:
        self.directory = Path(store_dir, "objects")
        self._prefix = f"{self.directory}/"
        self._journal = journal
        self._packs = Packs(str(self.directory), git)
        self._written: dict[StoreOid, tuple[str, bytes]] = {}
        # Within one transaction a record is read again and again.
        self._looked_at: dict[StoreOid, tuple[str, bytes]] = {}
        self._trees: dict[StoreOid, dict[str, tuple[str, str]]] = {}
        self._pruned = False
        self._git = git
        self._heads: dict[StoreOid, bytes] = {}

    def read(self, oid: StoreOid) -> tuple[str, bytes]:
        """Kind and content. Raises `Unreadable` for an object that is neither there nor in the journal.

        Raises `TooLarge` for one that is larger than the schema allows, whoever asks for it.
        """
        found = self._written.get(oid) or self._looked_at.get(oid)
        if found is None:
            try:
                found = self._get(oid)
            except (LookupError, ValueError):
                found = self._restore(oid)
            if len(self._looked_at) >= _LOOKED_AT:
                self._looked_at.clear()
            self._looked_at[oid] = found
        return found

    def _get(self, oid: StoreOid) -> tuple[str, bytes]:
        """A sound object. Raises `LookupError` or `ValueError` for any other.

        Loose objects are read here: libgit2 (1.9) never ends on one that was cut short.
        """
        try:
            whole = loose.read(f"{self._prefix}{oid[:2]}/{oid[2:]}", OBJECT_BYTES)
        except OSError:
            kind, size = self._packs.header(oid)
            if size > OBJECT_BYTES[kind]:
                raise TooLarge(f"{kind} {oid}", size, OBJECT_BYTES[kind]) from None
            return kind, self._packs.content(oid)
        if hashlib.sha1(whole, usedforsecurity=False).hexdigest() != oid:
            raise ValueError(f"object {oid} is damaged")
        head, _, content = whole.partition(b"\0")
        return head.partition(b" ")[0].decode(), content

    def head_of(self, oid: StoreOid) -> bytes:
        """What stands before the message of a commit that is too large to be read. Raises `Unreadable`."""
        found = self._heads.get(oid)
        if found is None:
            try:
                found = loose.beginning(f"{self._prefix}{oid[:2]}/{oid[2:]}", _HEAD).partition(b"\n\n")[0]
            except (OSError, ValueError):
                found = _head(self._git.run("rev-list", "--max-count=1", _HEAD_FORMAT, oid)) if self._git else b""
            self._heads[oid] = found
        return found

    def expect(self, oid: StoreOid, kind: str) -> bytes:
        """The content of an object that must be of this kind."""
        found, content = self.read(oid)
        if found != kind:
            raise errors.storage.WrongKind(oid, found, kind)
        return content

    def tree(self, oid: StoreOid) -> dict[str, tuple[str, str]]:
        """Entries of a tree, name -> (mode, id); not to be changed by the caller."""
        entries = self._trees.get(oid)
        if entries is None:
            try:
                entries = treeformat.parse(self.expect(oid, "tree"))
            except ValueError as error:
                raise errors.storage.MalformedObject("tree", oid) from error
            self._remember(oid, entries)
        return entries

    def write_tree(self, entries: dict[str, tuple[str, str]]) -> StoreOid:
        """Write a tree; `entries` belongs to this database afterwards."""
        oid = self.write("tree", treeformat.build(entries))
        self._remember(oid, entries)
        return oid

    def write(self, kind: str, content: bytes) -> StoreOid:
        """Write an object into the open transaction and return its id. Raises `Unreadable` on a full disk."""
        oid = object_id(kind, content)
        path = f"{self._prefix}{oid[:2]}/{oid[2:]}"
        if not os.path.exists(path):  # noqa: PTH110 - of each
            self._put(oid, kind, content)
        elif self._readable(oid):
            with suppress(OSError):
                os.utime(path)  # a prune passes over what is new
        else:
            self._rewrite(oid, kind, content)
        self._written[oid] = kind, content
        return oid

    def _readable(self, oid: StoreOid) -> bool:
        """Whether an object can be read, and is what its id says."""
        try:
            self._get(oid)
        except (LookupError, ValueError):
            return False
        return True

    def commits_with(self, mark: str) -> list[StoreOid]:
        """The commits in the journal whose content holds `mark`, eldest first."""
        marked = mark.encode()
        return [
            oid
            for oid, kind, content in self._journal.records()
            if kind == "commit" and marked in content and object_id(kind, content) == oid
        ]

    def publish(self) -> None:
        """Make everything written durable: call before any ref names it. Raises `Unreadable` where it cannot be."""
        try:
            self._journal.append(self._written)
        except OSError as error:
            self._written.clear()
            raise self._not_written(error) from error

    def publish_unkept(self, oid: StoreOid) -> None:
        """Make this object durable without the journal: what is replaced all the time need not be found again.

        Raises `Unreadable` where it cannot be.
        """
        if not self._journal.fsync:
            return
        path = self.directory / oid[:2] / oid[2:]
        try:
            for one in (path, path.parent):
                fd = os.open(one, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    os.fsync(fd)
                finally:
                    os.close(fd)
        except FileNotFoundError:
            return
        except OSError as error:
            self._written.clear()
            raise self._not_written(error) from error

    def is_loose(self, oid: StoreOid) -> bool:
        """Whether an object has a file of its own."""
        return os.path.isfile(f"{self._prefix}{oid[:2]}/{oid[2:]}")  # noqa: PTH113 - asked of many

    def discard(self, oid: StoreOid) -> None:
        """Remove the file of an object that nothing names."""
        with suppress(OSError):
            (self.directory / oid[:2] / oid[2:]).unlink()

    def settle(self) -> None:
        """Read again what was written, after the refs name it, and write again what a prune took meanwhile.

        Where the disk does not let it, the journal has it, and whoever misses it looks there: it is recorded.
        """
        with suppress(Unreadable):
            self.revive()
        self._written = {}
        self._looked_at.clear()
        if self._pruned or self._repacked():
            with suppress(Unreadable):
                self._heal(None if self._pruned else TAIL)
            self._pruned = False

    def revive(self) -> None:
        """Write again what a prune took of the open transaction."""
        for oid, (kind, content) in self._written.items():
            if not self._sound(oid):
                self._rewrite(oid, kind, content)

    def lost(self, tail: int | None = None) -> list[tuple[StoreOid, str, bytes]]:
        """What the journal holds, or so many bytes at its end, and is missing or damaged here.

        That takes as long as the journal is large: no lock is to be held meanwhile.
        """
        return [
            (oid, kind, content)
            for oid, kind, content in list(self._journal.records(tail))
            if not self._sound(oid) and object_id(kind, content) == oid
        ]

    def put_back(self, lost: Iterable[tuple[StoreOid, str, bytes]]) -> None:
        """Write again what was lost."""
        for oid, kind, content in lost:
            self._rewrite(oid, kind, content)

    def _repacked(self) -> bool:
        """Whether to look for what a prune may have taken: after a repack, and one writer in each second."""
        packs = self.directory / "pack"
        looked = self._journal.young.with_name(coordfile.SWEPT)
        try:
            now = time.time()
            if now - packs.stat().st_mtime >= WARY or not any(packs.iterdir()):
                return False
            if looked.exists() and 0 <= now - looked.stat().st_mtime < PAUSE:
                return False
            looked.touch()
        except OSError:
            return False
        return True

    def _heal(self, tail: int | None) -> None:
        """Write again what a prune took of what others wrote lately: nobody may read it for long, but git's gc does."""
        commits = [] if tail is None else [oid for oid in self._journal.commits(tail) if not self.is_loose(oid)]
        if tail is not None and self._packs.has_all(commits):
            return  # a prune that takes anything of an operation takes its commits, too
        self.put_back(self.lost(tail))

    def expect_many(self) -> None:
        """Prepare for hundreds of reads, which takes 40 ms (`packs`)."""
        self._packs.expect_many()

    def has(self, oid: StoreOid) -> bool:
        """Return whether an object is there, sound or not."""
        return os.path.exists(f"{self._prefix}{oid[:2]}/{oid[2:]}") or self._packs.has(oid)  # noqa: PTH110 - of many

    def _put(self, oid: StoreOid, kind: str, content: bytes) -> None:
        for last in (False, False, False, True):
            try:
                loose.write(str(self.directory), oid, _whole(kind, content))
                return
            except OSError as error:
                # A prune may take away an empty directory in which a file is about to be made.
                if last or not isinstance(error, FileNotFoundError):
                    raise self._not_written(error) from error

    def close(self) -> None:
        """Close the journal and the reader of packs; whoever needs them next opens them again."""
        self._journal.close()
        self._packs.close()

    def abandon(self) -> None:
        """Forget the open transaction; its objects are garbage for git to collect."""
        self._written.clear()
        self._looked_at.clear()

    def _sound(self, oid: StoreOid) -> bool:
        """Whether an object is there with the content that its id says: a power cut leaves files of the right size."""
        if os.path.exists(f"{self._prefix}{oid[:2]}/{oid[2:]}"):  # noqa: PTH110 - asked of many
            return self._readable(oid)
        return self._packs.has(oid)  # packs have checksums of their own

    def _rewrite(self, oid: StoreOid, kind: str, content: bytes) -> None:
        self._pruned = True
        # What is there is not written again; a damaged file would stay.
        try:
            (self.directory / oid[:2] / oid[2:]).unlink(missing_ok=True)
        except OSError as error:
            raise self._not_written(error) from error
        self._put(oid, kind, content)

    def _restore(self, oid: StoreOid) -> tuple[str, bytes]:
        self._packs.close()
        try:
            return self._get(oid)
        except (LookupError, ValueError) as error:
            kept = self._journal.find(oid)
            if kept is None or object_id(*kept) != oid:
                raise errors.storage.ObjectDamaged(oid) from error
            with suppress(Unreadable):  # a disk that is full or read-only keeps nobody from reading
                self._rewrite(oid, *kept)
            return kept

    def _remember(self, oid: StoreOid, entries: dict[str, tuple[str, str]]) -> None:
        if len(self._trees) >= _CACHED:
            for key in list(self._trees)[: _CACHED // 2]:
                del self._trees[key]
        self._trees[oid] = entries

    def _not_written(self, error: Exception) -> Unreadable:
        free = os.statvfs(self.directory)
        said = (error.strerror if isinstance(error, OSError) else "") or str(error)
        room = "the disk is full" if free.f_bavail * free.f_frsize < 1 << 16 else said
        named = error.filename if isinstance(error, OSError) else None
        where = named if isinstance(named, str) else self.directory
        return errors.storage.NothingRecorded(f"cannot write to {where}: {room}")
