"""Objects that have no file of their own, as they stand in packs and in the directories of objects that git borrows.

Two readers: a `git cat-file`, which is there at once and answers in some 100 microseconds, and libgit2, which takes
40 ms to load and answers in five. So a command that reads little never loads libgit2.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitcoord.kernel.git import Git
    from gitcoord.kernel.spawn import Process
    from gitcoord.policy.ids import StoreOid

TOGETHER = 500
"""Questions that one write asks: with their answers they fit into the pipes."""

MANY = 400
"""Questions after which libgit2 is loaded: so many take as long as loading it."""


class Header(NamedTuple):
    """The kind of an object, and how many bytes its content has."""

    kind: str
    size: int


class _Reader(Protocol):
    """What answers. Both methods raise `LookupError` for an object that is not there, or is damaged."""

    def header(self, oid: StoreOid) -> Header: ...

    def content(self, oid: StoreOid) -> bytes: ...

    def close(self) -> None: ...


class Packs:
    """The objects in packs of one directory of objects; `git` is bound to its repository."""

    def __init__(self, directory: str, git: Git | None) -> None:
        self._directory = directory
        self._git = git
        self._reader: _Reader | None = None
        self._asked = 0

    def header(self, oid: StoreOid) -> Header:
        """What an object is. Raises `LookupError` where it is not there, or is damaged."""
        return self._ask().header(oid)

    def content(self, oid: StoreOid) -> bytes:
        """The content of an object. Raises `LookupError` where it is not there, or is damaged."""
        return self._ask().content(oid)

    def has(self, oid: StoreOid) -> bool:
        """Whether an object is there."""
        try:
            self.header(oid)
        except LookupError:
            return False
        return True

    def expect_many(self) -> None:
        """Load libgit2 now, since hundreds of questions follow."""
        if self._asked < MANY:
            self.close()
            self._asked, self._reader = MANY, _load(self._directory)

    def has_all(self, oids: Sequence[StoreOid]) -> bool:
        """Whether all of these are there, asked together: one by one would take as long as loading libgit2."""
        if not oids:
            return True
        reader = self._ask()
        if isinstance(reader, _CatFile):
            with suppress(LookupError):
                return reader.has_all(oids)
            return False
        return all(map(self.has, oids))

    def _ask(self) -> _Reader:
        self._asked += 1
        if self._asked == MANY:
            self.close()
        if self._reader is None:
            small = self._git is not None and self._asked < MANY
            self._reader = _CatFile(self._git) if self._git is not None and small else _load(self._directory)
        return self._reader

    def close(self) -> None:
        """End the reader, and with it what it remembers of packs; the next question begins anew."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class _CatFile:
    """A `git cat-file` that stays. It looks for new packs by itself before it says that an object is missing."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: Process | None = None
        self._rest = b""

    def header(self, oid: StoreOid) -> Header:
        return self._asked("info", oid)

    def content(self, oid: StoreOid) -> bytes:
        size = self._asked("contents", oid).size
        content = self._read(lambda: len(self._rest) > size)[:size]
        self._rest = self._rest[size + 1 :]
        return content

    def has_all(self, oids: Sequence[StoreOid]) -> bool:
        """Whether all of these are there. Raises `LookupError` where git ended without an answer."""
        parts = [oids[first : first + TOGETHER] for first in range(0, len(oids), TOGETHER)]
        return all(self._has(part) for part in parts)

    def _has(self, oids: Sequence[StoreOid]) -> bool:
        self._say("".join(f"info {oid}\n" for oid in oids))
        said = self._read(lambda: self._rest.count(b"\n") >= len(oids))
        self._rest = b""
        return b" missing\n" not in said

    def _say(self, text: str) -> None:
        if self._process is None:
            self._process = self._git.start("cat-file", "--batch-command")
        try:
            os.write(self._process.stdin, text.encode())
        except BrokenPipeError:
            raise self._gone() from None

    def _asked(self, command: str, oid: StoreOid) -> Header:
        self._say(f"{command} {oid}\n")
        line, _, self._rest = self._read(lambda: b"\n" in self._rest).partition(b"\n")
        _, _, said = line.decode("ascii", "replace").partition(" ")
        kind, _, size = said.partition(" ")
        if not size.isdigit():
            raise LookupError(oid)
        return Header(kind, int(size))

    def _read(self, enough: Callable[[], bool]) -> bytes:
        assert self._process is not None
        while not enough():
            chunk = os.read(self._process.stdout, 1 << 16)
            if not chunk:
                raise self._gone()
            self._rest += chunk
        return self._rest

    def _gone(self) -> LookupError:
        """End a git that died: it does so where a pack is damaged. The next question starts another."""
        self.close()
        return LookupError("git cat-file ended without an answer")

    def close(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process.wait()
            self._process = None
        self._rest = b""


def _load(directory: str) -> _Reader:
    import pygit2  # 40 ms
    from pygit2.enums import ObjectType

    kinds = {int(ObjectType.BLOB): "blob", int(ObjectType.TREE): "tree", int(ObjectType.COMMIT): "commit"}

    class Libgit2:
        """The object database alone, beside the repository's configuration: whatever its extensions are."""

        def __init__(self) -> None:
            self._odb = pygit2.Odb(directory)

        def header(self, oid: StoreOid) -> Header:
            try:
                number, size = self._odb.read_header(oid)
                return Header(kinds[int(number)], size)
            except (ValueError, pygit2.GitError) as error:
                raise LookupError(oid) from error

        def content(self, oid: StoreOid) -> bytes:
            try:
                return bytes(self._odb.read(oid)[1])
            except (ValueError, pygit2.GitError) as error:
                raise LookupError(oid) from error

        def close(self) -> None:
            """Nothing: it goes with its last user."""

    return Libgit2()
