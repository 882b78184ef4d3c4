"""The ledger's state at one moment, read through one `git cat-file --batch`.

Directories are followed by object id, one question at a time: `TREE:some/path` would say "missing" also of a path
below a tree that was lost, and a guard must tell the two apart. One question at a time can also never fill both pipes.
"""

from __future__ import annotations

import os

from gitcoord import errors
from gitcoord.kernel import treeformat
from gitcoord.kernel.refname import LEDGER, mistaken_for
from gitcoord.policy.ids import StoreOid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.errors import Unreadable
    from gitcoord.kernel.git import Git
    from gitcoord.kernel.spawn import Process

_GLANCES = 8

Entries = dict[str, tuple[str, str]]
NOTHING = ("", "")
"""Mode and id of what is not there."""


class Directory:
    """A directory of the state.

    That a name is not there shows in the bytes, so they are taken apart only when one is, or when it is asked often.
    """

    __slots__ = ("_asked", "_entries", "_raw", "_snapshot")

    def __init__(self, raw: bytes, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._raw = raw
        self._entries: Entries | None = None
        self._asked = 0

    def get(self, name: str) -> tuple[str, str]:
        """Mode and object id of an entry, `NOTHING` where there is none. Raises `Unreadable`."""
        if self._entries is None and self._asked < _GLANCES:
            self._asked += 1
            if b" " + name.encode("utf-8", "surrogateescape") + b"\0" not in self._raw:
                return NOTHING
        return self.entries.get(name, NOTHING)

    def names(self) -> Iterable[str]:
        """The names of all entries. Raises `Unreadable`."""
        return self.entries

    def has(self, name: str) -> bool:
        """Whether it has an entry of this name. Raises `Unreadable`."""
        return self.get(name) != NOTHING

    def inner(self, name: str) -> Directory | None:
        """The directory of this name, None where there is none. Raises `Unreadable`."""
        mode, oid = self.get(name)
        return self._snapshot.tree(StoreOid(oid)) if mode == treeformat.TREE else None

    def content(self, name: str) -> bytes | None:
        """The content of the file of this name, None where there is none. Raises `Unreadable`."""
        mode, oid = self.get(name)
        return self._snapshot.blob(StoreOid(oid)) if mode == treeformat.FILE else None

    @property
    def entries(self) -> Entries:
        """All entries: name -> (mode, object id). Raises `Unreadable`."""
        if self._entries is None:
            try:
                self._entries = treeformat.parse(self._raw)
            except ValueError:
                raise errors.storage.LedgerDamaged("a directory of its state is none") from None
        return self._entries


class Batch:
    """A running `git cat-file --batch`."""

    __slots__ = ("_left", "_process")

    def __init__(self, git: Git) -> None:
        self._process: Process = git.start("cat-file", "--batch")
        self._left = b""

    def send(self, name: str) -> None:
        """Put a question; `receive` has the answer. Raises `Unreadable` where git has ended."""
        try:
            os.write(self._process.stdin, name.encode() + b"\n")
        except BrokenPipeError:
            raise _ended() from None

    def receive(self) -> tuple[str, bytes] | None:
        """Kind and content of the object that was asked for, None where it is missing. Raises `Unreadable`."""
        while (end := self._left.find(b"\n")) < 0:
            self._fill()
        head = self._left[:end].split(b" ")
        self._left = self._left[end + 1 :]
        if len(head) != 3 or not head[2].isdigit():
            return None  # "NAME missing", "NAME ambiguous"
        size = int(head[2])
        if len(self._left) <= size:
            parts, have = [self._left], len(self._left)
            while have <= size:
                self._left = b""
                self._fill()
                parts.append(self._left)
                have += len(self._left)
            self._left = b"".join(parts)
        content, self._left = self._left[:size], self._left[size + 1 :]
        return head[1].decode(), content

    def ask(self, name: str) -> tuple[str, bytes] | None:
        """Send and receive. `name` holds no space or line end."""
        self.send(name)
        return self.receive()

    def _fill(self) -> None:
        chunk = os.read(self._process.stdout, 65536)
        if not chunk:
            raise _ended()
        self._left += chunk

    def close(self) -> None:
        """End it."""
        self._process.close()
        self._process.wait()


class Snapshot:
    """The ledger's tree. Every method raises `Unreadable` where something that should be there is not."""

    __slots__ = ("_batch", "_blobs", "_doubts", "_git", "_root", "_trees")

    def __init__(self, git: Git, store_dir: str) -> None:
        """Start reading: git works on the first question while the caller does something else.

        `store_dir` is the repository that `git` reads.
        """
        self._git = git
        self._batch = Batch(git)
        # A ref with a file of its own is itself. Of a packed one a branch called refs/... might be read instead.
        known = os.path.exists(f"{store_dir}/{LEDGER}")  # noqa: PTH110 - light: no pathlib
        self._doubts = [] if known else mistaken_for(LEDGER)
        self._batch.send("\n".join((LEDGER + "^{tree}", *self._doubts)))
        self._root: Directory | None = None
        self._trees: dict[StoreOid, Directory] = {}
        self._blobs: dict[StoreOid, bytes] = {}

    def has(self, name: str) -> bool:
        """Whether the top directory has an entry of this name."""
        return self._top.has(name)

    @property
    def _top(self) -> Directory:
        if self._root is None:
            found = self._batch.receive()
            others = [other for other in [self._batch.receive() for _ in self._doubts] if other is not None]
            if others and LEDGER not in self._git.text("for-each-ref", "--format=%(refname)", LEDGER).splitlines():
                found = None
            if found is None:
                raise errors.storage.LedgerDamaged(f"{LEDGER} is missing, or names nothing")
            root = self._directory(*found)
            if not root.has("meta.json"):  # any other tree would read as if nobody claimed anything
                raise errors.storage.NotALedger(LEDGER)
            self._root = root
        return self._root

    def tree(self, oid: StoreOid) -> Directory:
        """A directory by its object id."""
        found = self._trees.get(oid)
        if found is None:
            found = self._trees[oid] = self._directory(*self._object(oid))
        return found

    def blob(self, oid: StoreOid) -> bytes:
        """Content of a file."""
        content = self._blobs.get(oid)
        if content is None:
            content = self._blobs[oid] = self._object(oid)[1]
        return content

    def directory(self, path: str) -> Directory:
        """The directory at `path`, an empty one where there is none."""
        found = self._top
        for name in path.split("/") if path else ():
            inner = found.inner(name)
            if inner is None:
                return Directory(b"", self)
            found = inner
        return found

    def file(self, path: str) -> bytes | None:
        """Content of the file at `path`, or None."""
        above, _, name = path.rpartition("/")
        return self.directory(above).content(name)

    def record(self, path: str) -> dict[str, object] | None:
        """The JSON object in the file at `path`, or None."""
        content = self.file(path)
        if content is None:
            return None
        from gitcoord.kernel import lightjson

        try:
            return lightjson.record(content)
        except ValueError:
            raise errors.storage.StateDamaged(path) from None

    def close(self) -> None:
        """End the git that reads."""
        self._batch.close()

    def _directory(self, kind: str, content: bytes) -> Directory:
        if kind != "tree":
            raise errors.storage.LedgerDamaged("a directory of its state is none")
        return Directory(content, self)

    def _object(self, oid: StoreOid) -> tuple[str, bytes]:
        found = self._batch.ask(oid)
        if found is None:
            raise errors.storage.LedgerDamaged(f"its object {oid} is missing")
        return found


def _ended() -> Unreadable:
    return errors.storage.GitEnded("cat-file")
