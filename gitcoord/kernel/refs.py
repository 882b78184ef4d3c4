"""The one seam through which refs are read and changed: the git program, long-lived within a process.

pygit2 is not used for refs: its create is not exclusive, its transactions are not atomic, and it reads a reftable
repository wrongly. A ref is read from its own file, as git does first; where it has none, or that does not name an
object, in the packed refs as they are (`refdir.one`), and else by asking `git cat-file --batch-check`, which resolves
it anew each time.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gitcoord import errors
from gitcoord.errors import DamagedRef, Died, Moved, Pruned
from gitcoord.errors.remedy import Remedy
from gitcoord.kernel import file, refdir
from gitcoord.kernel.refdir import OBJECT, PACKED, TABLES
from gitcoord.kernel.refname import mistaken_for
from gitcoord.policy.ids import RefName, StoreOid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.kernel.git import Git
    from gitcoord.kernel.spawn import Process
    from gitcoord.policy.ids import Oid

ABSENT = StoreOid("0" * 40)
"""As an old value: the ref must not exist. As a new value: delete it."""

PATIENCE = 10.0
"""Seconds for which another program's lock on a ref is waited for."""

_GONE = re.compile(
    r"unable to resolve reference '[^']+'(: (No such file or directory|reference broken))?$", re.MULTILINE
)
"""What git says of a ref that was deleted or damaged meanwhile; other reasons are the system's."""

_LOCKED = ("File exists", "locked", "cannot lock references")


class Update(NamedTuple):
    """A ref goes from `old` to `new`; `ABSENT` stands for no ref."""

    ref: RefName
    new: Oid
    old: Oid


class Refs:
    """The refs of the store."""

    def __init__(self, git: Git, store_dir: str, *, fsync: bool) -> None:
        self._git = git
        self._directory = Path(store_dir)
        self._prefix = f"{store_dir}/"
        self._sync = "reference" if fsync else "none"
        self._reader: Process | None = None
        self._writer: Process | None = None
        self._packed: tuple[int, ...] = ()
        self._seen: set[str] = set()  # refs that are in the packed ones
        self.moved = False  # whether one was, through this object

    def read(self, ref: RefName) -> StoreOid:
        """The object id that a ref names, or `ABSENT`; the object itself may be missing.

        Raises `Unreadable` for a ref that is there but damaged.
        """
        return self.read_all(ref)[0]

    def read_all(self, *refs: RefName) -> Sequence[StoreOid]:
        """What `read` says of each of these, asked in one go: not at one moment, but with one wait."""
        known = {ref: self._loose(ref) for ref in refs}
        if self._reader is None:  # a git that is there already is asked sooner than files are read
            for ref in [ref for ref, found in known.items() if not found]:
                found = refdir.one(str(self._directory), ref)
                known[ref] = ABSENT if found == "" else StoreOid(found or "")
        rest = [ref for ref, found in known.items() if not found]
        if rest:
            self._refresh()
            for ref, found in zip(rest, self._ask(rest), strict=True):
                known[ref] = StoreOid(found) if found and self._exact(ref) else self._resolve(ref)
        return [known[ref] for ref in refs]

    def _loose(self, ref: RefName) -> StoreOid:
        """The object id in a ref's own file, which comes before the packed ones; '' where that has to be asked of git.

        It has to be where there is no such file, where refs are tables, and for anything but an object id in it.
        """
        try:
            content = file.read(f"{self._prefix}{ref}")
        except OSError:
            return StoreOid("")
        return StoreOid(content[:40].decode() if len(content) == 41 and OBJECT.fullmatch(content) else "")

    def _exact(self, ref: RefName) -> bool:
        """Whether what cat-file found for a ref is that ref: if it is missing, a branch of that name is found.

        A ref with a file of its own is itself, and so is one seen before in the packed refs as they are.
        """
        if ref in self._seen or os.path.exists(f"{self._prefix}{ref}"):  # noqa: PTH110 - for each read of a ref
            return True
        if any(self._ask(mistaken_for(ref))):
            return False
        if self._packed:
            self._seen.add(ref)
        return True

    def _ask(self, names: Sequence[str]) -> list[str]:
        """The object ids of names as git understands them, '' for what is missing."""
        if self._reader is None:
            self._reader = self._git.start("cat-file", "--batch-check=%(objectname)")
        lines = _exchange(self._reader, names)
        if lines is None:
            self.close()
            raise errors.storage.GitEnded("cat-file")
        return ["" if line.endswith(b" missing") else line.decode() for line in lines]

    def list(self, prefix: str) -> dict[RefName, StoreOid]:
        """All refs below `prefix`: name -> object id. One that does not name an object is left out."""
        found = refdir.read(str(self._directory), prefix)
        if found is not None:
            return {RefName(ref): StoreOid(oid) for ref, oid in found.items()}
        out = self._git.text("for-each-ref", "--format=%(objectname) %(refname)", prefix)
        return {RefName(ref): StoreOid(oid) for oid, _, ref in (line.partition(" ") for line in out.splitlines())}

    def damaged(self, prefix: str) -> Sequence[RefName]:
        """The refs below `prefix` whose file does not name an object, as a power cut leaves them."""
        found = []
        for folder, folders, names in os.walk(f"{self._prefix}{prefix}"):
            folders.sort()
            for name in sorted(names):
                path = f"{folder}/{name}"
                if not name.endswith(".lock") and not _names_an_object(path):
                    found.append(RefName(path.removeprefix(self._prefix)))
        return found

    def clear_damage(self, ref: RefName) -> None:
        """Remove the file of a ref that does not name an object. The caller holds the writer lock.

        Raises `Unreadable` where it cannot be removed.
        """
        path = self._directory / ref
        if path.is_file() and not _names_an_object(str(path)):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise errors.storage.CannotAccess("remove", path, error.strerror) from error

    def update(self, updates: Sequence[Update]) -> None:
        """Move all these refs in one transaction.

        Raises `Moved` when one is not where it was expected, and `Pruned` when an object is missing. The lock of
        another program is waited for, up to a limit.
        """
        deadline = time.monotonic() + PATIENCE
        while (said := self._attempt(updates)) is not None:
            if not said:
                raise Died()
            if "but expected" in said or "reference already exists" in said or _GONE.search(said):
                raise Moved(said)
            if "nonexistent object" in said:
                raise Pruned(_reason(said))
            if not any(words in said for words in _LOCKED):
                raise errors.storage.NothingRecorded(_reason(said), _hint(said))
            if time.monotonic() > deadline:
                raise errors.storage.KeepsLock(_reason(said))
            time.sleep(0.02)
        self.moved = True

    def _attempt(self, updates: Sequence[Update]) -> str | None:
        """One transaction. None when it went through, else what git said; '' where it died."""
        self._refresh()
        if self._writer is None:
            self._writer = self._git.start(
                "-c", f"core.fsync={self._sync}", "update-ref", "-z", "--stdin", keep_stderr=True
            )
        commands = [b"start"]
        for ref, new, old in updates:
            name = ref.encode()
            if new == ABSENT:
                commands.append(b"delete " + name + b"\0" + old.encode())
            else:
                commands.append(b"update " + name + b"\0" + new.encode() + b"\0" + old.encode())
        commands += [b"prepare", b"commit"]
        writer = self._writer
        try:
            os.write(writer.stdin, b"".join(command + b"\0" for command in commands))
            answers = b""
            while answers.count(b"\n") < 3 and (chunk := os.read(writer.stdout, 4096)):
                answers += chunk
        except BrokenPipeError:
            answers = b""
        if answers.endswith(b"commit: ok\n"):
            return None
        said = os.read(writer.stderr, 65536).decode(errors="replace").strip()
        self._end_writer()
        return said

    def recover(self, refs: Sequence[str], begun: float) -> None:
        """Remove the lock files that a writer of ours left which began to move `refs` at `begun` and died.

        Each is watched until it is a second old: a git that outlived its caller takes its own locks away. One that was
        made long after that writer began is another program's, and stays.
        """
        locks = [self._directory / f"{name}.lock" for name in (*refs, PACKED)]
        locks += (self._directory / TABLES).glob("*.lock")
        for lock in locks:
            while True:
                try:
                    made = lock.stat().st_mtime
                except OSError:
                    break
                if made > begun + 2 * PATIENCE:
                    break
                if time.time() - made > 1.0:
                    lock.unlink(missing_ok=True)
                    break
                time.sleep(0.02)

    def _refresh(self) -> None:
        """Begin anew with our git programs when refs were packed: they judge packed-refs by size and whole seconds."""
        try:
            found = os.stat(self._directory / PACKED)  # noqa: PTH116 - for each read of a ref
            packed: tuple[int, ...] = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        except OSError:
            packed = ()
        if packed != self._packed:
            self.close()
            self._packed = packed
            self._seen.clear()

    def _resolve(self, ref: RefName) -> StoreOid:
        """What a ref names of which cat-file says nothing, or `ABSENT`. Exactly this ref, unlike rev-parse."""
        found = self.list(ref).get(ref)
        if found is not None:
            return found
        if (self._directory / ref).is_file():  # there, but naming nothing: damage, not absence
            raise DamagedRef(f"{self._directory / ref}")
        return ABSENT

    def _end_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer.wait()
            self._writer = None

    def close(self) -> None:
        """End the programs; the next call starts them again."""
        self._end_writer()
        if self._reader is not None:
            self._reader.close()
            self._reader.wait()
            self._reader = None


def _names_an_object(path: str) -> bool:
    """Whether nothing is wrong with the file of a ref, as far as that can be told."""
    try:
        content = file.read(path)
    except FileNotFoundError:
        return not os.path.islink(path)  # noqa: PTH114 - deleted meanwhile
    except OSError as error:
        return not errors.storage.is_misplaced(error)  # what cannot be read just now may be sound
    return OBJECT.fullmatch(content) is not None


def _exchange(process: Process, names: Sequence[str]) -> list[bytes] | None:
    try:
        os.write(process.stdin, "".join(f"{name}\n" for name in names).encode())
        answer = b""
        while answer.count(b"\n") < len(names):
            chunk = os.read(process.stdout, 4096)
            if not chunk:
                return None
            answer += chunk
    except BrokenPipeError:
        return None
    return answer.splitlines()


def _reason(said: str) -> str:
    return said.splitlines()[0].removeprefix("fatal: ").removeprefix("prepare: ")


def _hint(said: str) -> str:
    if "Permission denied" in said or "Read-only file system" in said:
        return Remedy(
            "a sandbox that keeps .git read-only: {} needs only one writable directory", "init --store separate"
        )
    return ""
