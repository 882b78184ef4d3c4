r"""The roster: which sessions of this clone are alive, and in which processes. The file `<coord dir>/roster`.

::

    gitcoord-roster<TAB>1
    session<TAB>name<TAB>parent<TAB>kind<TAB>pid<TAB>start<TAB>boot<TAB>namespace<TAB>key<TAB>uid<TAB>worktree

One line a session, in the order in which they were started. In a field, control characters, `%` and bytes
that are not UTF-8 are written `%XX`. With no session there is no file, so that a shim can ask `[ -s file ]`.
Whoever rewrites it holds the writer lock; readers take none. Light: the guard uses it.
"""

# ruff: noqa: PTH105, PTH108 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord import errors
from gitcoord.kernel import file, process
from gitcoord.policy.ids import NOBODY, SessionId

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


VERSION = 1

_HEADER = "gitcoord-roster"
_KINDS = ("agent", "sandboxed", "shell", "pid", "person", "weak", "none")
_PROCESSLESS = ("sandboxed", "person", "none")
_FIELDS = 11
_NEW = ".new"


class Entry:
    """A session of this clone.

    `parent` is the id of the session it is a child of, or empty; `kind` how its process was found
    (`Anchor.kind` in `policy.identity`); `pid`, `start`, `boot`, `namespace` its process (0 and empty where
    none is recorded); `key` the agent's own name for its session, or empty; `uid` the number of the user who started it
    (-1 where that is not known); `worktree` the absolute path of the worktree's git directory.
    """

    __slots__ = ("boot", "key", "kind", "name", "namespace", "parent", "pid", "session", "start", "uid", "worktree")

    def __init__(
        self,
        session: SessionId,
        name: str,
        *,
        worktree: str,
        parent: SessionId = NOBODY,
        kind: str = "none",
        pid: int = 0,
        start: str = "",
        boot: str = "",
        namespace: str = "",
        key: str = "",
        uid: int = -1,
    ) -> None:
        self.session = session
        self.name = name
        self.parent = parent
        self.kind = kind
        self.pid = pid
        self.start = start
        self.boot = boot
        self.namespace = namespace
        self.key = key
        self.uid = uid
        self.worktree = worktree

    @property
    def mark(self) -> process.Mark:
        """Its process, to ask `process.state_of`; "unknown" is the answer where none is recorded."""
        return process.Mark(self.pid, self.start, self.boot, self.namespace)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and _fields(self) == _fields(other)

    __hash__ = None  # type: ignore[assignment]  # its fields may change

    def __repr__(self) -> str:
        return f"<entry {self.session} {self.kind} {self.pid}>"


def read(path: str) -> list[Entry]:
    """The sessions on the roster, the first started first; none where there is no file.

    A damaged line is passed over. Raises `Unreadable` where it cannot be read or is of a newer gitcoord.
    """
    try:
        lines = file.read(path).split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise errors.storage.CannotAccess("read", path, error.strerror) from error
    head, _, version = lines[0].partition(b"\t")
    if head == _HEADER.encode() and version.isdigit() and int(version[:9]) > VERSION:
        raise errors.storage.Newer(path)
    return [entry for entry in map(_parse, lines) if entry is not None]


def is_sound(path: str) -> bool:
    """Whether each line of the roster is one that we write."""
    try:
        head, *lines = file.read(path).split(b"\n")
    except OSError:
        return False
    return head.startswith(_HEADER.encode() + b"\t") and not any(line and _parse(line) is None for line in lines)


def write(path: str, entries: Sequence[Entry], *, sync: bool = False) -> None:
    """Replace the roster, at once and whole; with no entries the file is removed.

    `sync` waits until it is on the disk. The caller holds the writer lock. Raises `Unreadable` where it
    cannot be written; then the old roster stands.
    """
    try:
        if entries:
            rows = [(_HEADER, str(VERSION)), *map(_fields, entries)]
            text = "".join("\t".join(map(_escape, row)) + "\n" for row in rows)
            _replace(path, text.encode(), sync=sync)
        else:
            _remove(path)
    except OSError as error:
        raise errors.storage.CannotAccess("write", path, error.strerror) from error


def _fields(entry: Entry) -> tuple[str, ...]:
    return (
        entry.session,
        entry.name,
        entry.parent,
        entry.kind,
        str(entry.pid),
        entry.start,
        entry.boot,
        entry.namespace,
        entry.key,
        str(entry.uid) if entry.uid >= 0 else "",
        entry.worktree,
    )


def _parse(line: bytes) -> Entry | None:
    """The entry on a line, or None where the line is not one that we write."""
    fields = line.split(b"\t")
    if len(fields) != _FIELDS:
        return None
    try:
        session, name, parent, kind, pid, start, boot, namespace, key, uid, worktree = map(_unescape, fields)
    except ValueError:
        return None
    if not session or not worktree or kind not in _KINDS:
        return None
    if not _is_number(pid) or len(pid) > 10 or (uid and not _is_number(uid)):
        return None
    if kind not in _PROCESSLESS and (pid == "0" or not _is_number(start)):
        return None
    return Entry(
        SessionId(session),
        name,
        worktree=worktree,
        parent=SessionId(parent),
        kind=kind,
        pid=int(pid),
        start=start,
        boot=boot,
        namespace=namespace,
        key=key,
        uid=int(uid) if uid else -1,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _escape(text: str) -> str:
    """`text` with everything that could break a line, or is not UTF-8, as `%XX`."""
    if text.isascii() and text.isprintable() and "%" not in text:
        return text
    parts = []
    for character in text:
        code = ord(character)
        if code < 0x20 or code == 0x7F or character == "%":
            parts.append(f"%{code:02X}")
        elif 0xDC80 <= code <= 0xDCFF:  # how Python holds a byte that is not UTF-8
            parts.append(f"%{code - 0xDC00:02X}")
        elif 0xD800 <= code <= 0xDFFF:  # an unpaired surrogate, which only JSON can bring
            parts.append("\ufffd")
        else:
            parts.append(character)
    return "".join(parts)


def _unescape(data: bytes) -> str:
    """The text that `_escape` made `data` of. Raises `ValueError` where no two hex digits follow a `%`."""
    head, *rest = data.split(b"%")
    parts = [head]
    for piece in rest:
        if len(piece) < 2 or not piece[:2].isalnum():
            raise ValueError(data)
        parts += (bytes([int(piece[:2], 16)]), piece[2:])
    return b"".join(parts).decode("utf-8", "surrogateescape")


def _replace(path: str, data: bytes, *, sync: bool) -> None:
    """Write beside it, then rename. The name is always the same: what a crash left there is written over."""
    beside = path + _NEW
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(fd, rest) :]
            if sync:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(beside, path)
    except OSError:
        _remove(beside)
        raise
    if sync:
        _sync_directory(path)


def _sync_directory(path: str) -> None:
    fd = os.open(path.rpartition("/")[0] or "/" if "/" in path else ".", os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _remove(path: str) -> None:
    try:  # noqa: SIM105 - light: contextlib imports collections
        os.unlink(path)
    except FileNotFoundError:
        pass
