"""The state after an operation: a tree of small files, loaded as it is looked at and written where it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from gitcoord import errors
from gitcoord.kernel import lightjson
from gitcoord.kernel.treeformat import FILE, TREE
from gitcoord.ledger.commit import canonical
from gitcoord.policy.ids import NO_OBJECT, StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = ""


class Source(Protocol):
    """Where a state comes from and goes to: the object database, or something that only computes ids."""

    def expect(self, oid: StoreOid, kind: str) -> bytes:
        """The content of an object that must be of this kind."""

    def tree(self, oid: StoreOid) -> dict[str, tuple[str, str]]:
        """Entries of a tree, name -> (mode, id); not to be changed."""

    def write(self, kind: str, content: bytes) -> StoreOid:
        """Put an object down; returns its id."""

    def write_tree(self, entries: dict[str, tuple[str, str]]) -> StoreOid:
        """Put a tree down; `entries` must not change afterwards."""


class _Directory:
    """One directory: its entries as stored, the subdirectories that were opened, and new file contents.

    One that is `shared` stands in several places: whoever changes it changes a copy (`State._enter`).
    """

    __slots__ = ("changed", "entries", "files", "opened", "shared", "written")

    def __init__(self, entries: dict[str, tuple[str, str]]) -> None:
        self.entries = entries  # shared with the object cache until something changes
        self.opened: dict[str, _Directory] = {}
        self.files: dict[str, bytes] = {}
        self.changed = False
        self.shared = False
        self.written = NO_OBJECT

    def copied(self) -> _Directory:
        """Return a directory with the same content, to be changed by itself; what is in it is shared by both."""
        other = _Directory(dict(self.entries))
        other.files = dict(self.files)
        other.opened = {name: inner for name, inner in self.opened.items() if inner.changed}
        other.changed = True
        for inner in other.opened.values():
            inner.shared = True
        return other

    def touch(self) -> None:
        if not self.changed:
            self.entries = dict(self.entries)
            self.changed = True


class State:
    """The tree of a ledger commit, readable and changeable in memory.

    Paths are relative, components separated by slashes. Nothing reaches the object database before `save`. One that is
    `sealed` is shared by readers, and cannot be changed.
    """

    def __init__(self, objects: Source, tree: StoreOid, *, sealed: bool = False) -> None:
        self._objects = objects
        self._sealed = sealed
        self.tree = tree
        self._root = _Directory(objects.tree(tree))

    def read(self, path: str) -> bytes | None:
        """Content of a file, or None where there is none."""
        *above, name = path.split("/")
        directory = self._open(above)
        if directory is None:
            return None
        if name in directory.files:
            return directory.files[name]
        mode, oid = directory.entries.get(name, (MISSING, ""))
        return self._objects.expect(StoreOid(oid), "blob") if mode not in (MISSING, TREE) else None

    def json(self, path: str) -> dict[str, Any] | None:
        """A JSON object, or None where there is no such file. Raises `StateDamaged` where it is something else."""
        content = self.read(path)
        if content is None:
            return None
        try:
            return lightjson.record(content)
        except ValueError as error:
            raise errors.storage.StateDamaged(path, "is not a JSON object") from error

    def names(self, path: str) -> list[str]:
        """Names in a directory, sorted; none where it is missing."""
        directory = self._open(path.split("/") if path else [])
        return sorted(directory.entries) if directory is not None else []

    def has(self, path: str) -> bool:
        """Whether a file or directory stands there."""
        *above, name = path.split("/")
        directory = self._open(above)
        return directory is not None and name in directory.entries

    def walk(self, path: str) -> Iterator[str]:
        """Paths of all files below a directory, sorted."""
        found = self._open(path.split("/") if path else [])
        left: list[tuple[str, _Directory | None]] = [(path, found)] if found is not None else []
        while left:
            at, directory = left.pop()
            if directory is None:
                yield at
                continue
            for name in sorted(directory.entries, reverse=True):
                inner = self._descend(directory, name) if directory.entries[name][0] == TREE else None
                left.append((f"{at}/{name}" if at else name, inner))

    def write(self, path: str, content: bytes) -> None:
        """Put a file there, with the directories above it."""
        assert not self._sealed
        *above, name = path.split("/")
        directory = self._enter(above)
        directory.entries[name] = (FILE, MISSING)
        directory.files[name] = content
        directory.opened.pop(name, None)

    def write_json(self, path: str, value: dict[str, Any]) -> None:
        """Put a JSON object there, on one line."""
        self.write(path, (canonical(value) + "\n").encode("utf-8", "surrogateescape"))

    def remove(self, path: str) -> None:
        """Take a file or directory away, and the directories that it leaves empty."""
        assert not self._sealed
        *above, name = path.split("/")
        found = self._open(above)
        if found is None or name not in found.entries:
            return
        chain = [self._enter(above[:depth]) for depth in range(len(above) + 1)]
        for directory, inner in zip(reversed(chain), reversed([*above, name]), strict=True):
            directory.entries.pop(inner)
            directory.opened.pop(inner, None)
            directory.files.pop(inner, None)
            if directory.entries:
                break

    def copy(self, source: str, target: str) -> None:
        """Let a directory stand in another place, too; nothing happens where there is none.

        What is the same stays one tree in the object database.
        """
        assert not self._sealed
        found = self._open(source.split("/"))
        if found is None:
            return
        found.shared = True
        found.touch()
        *above, name = target.split("/")
        directory = self._enter(above)
        directory.entries[name] = (TREE, MISSING)
        directory.files.pop(name, None)
        directory.opened[name] = found

    def save(self) -> StoreOid:
        """Write what changed into the object database; returns the id of the tree."""
        left = [(self._root, False)]
        while left:
            directory, inside = left.pop()
            if not directory.changed and directory is not self._root:
                continue  # it stands in several places, and is written
            if not inside:
                left += [(directory, True), *((inner, False) for inner in directory.opened.values() if inner.changed)]
                continue
            self._put(directory)
        self.tree = self._root.written
        return self.tree

    def _put(self, directory: _Directory) -> None:
        """Write a directory, all that changed in it being written."""
        for name, content in directory.files.items():
            directory.entries[name] = (FILE, self._objects.write("blob", content))
        directory.files.clear()
        for name, inner in directory.opened.items():
            if inner.written:
                directory.entries[name] = (TREE, inner.written)
        directory.written = self._objects.write_tree(directory.entries)
        directory.changed = False

    def _open(self, parts: list[str]) -> _Directory | None:
        directory: _Directory | None = self._root
        for part in parts:
            if directory is None:
                return None
            directory = self._descend(directory, part)
        return directory

    def _enter(self, parts: list[str]) -> _Directory:
        """Return a directory to be changed, and make it with those above it where it is missing."""
        directory = self._root
        directory.touch()
        for part in parts:
            inner = self._descend(directory, part, make=True) or directory
            if inner.shared:
                inner = directory.opened[part] = inner.copied()
            inner.touch()
            directory = inner
        return directory

    def _descend(self, directory: _Directory, name: str, *, make: bool = False) -> _Directory | None:
        inner = directory.opened.get(name)
        if inner is None:
            mode, oid = directory.entries.get(name, (MISSING, ""))
            if mode == TREE:
                inner = _Directory(self._objects.tree(StoreOid(oid)))
            elif make and mode == MISSING:
                inner = _Directory({})
                directory.entries[name] = (TREE, MISSING)
            elif make:
                raise errors.storage.StateDamaged(name, "is a file where a directory should be")
            else:
                return None
            directory.opened[name] = inner
        return inner
