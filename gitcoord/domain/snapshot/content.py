"""What a snapshot holds: the paths that were not committed, each as HEAD, index and working tree had it.

A snapshot is a commit without parents, so it carries nothing but what it is about, wherever it goes. Its tree:

    snapshot.json     where it was taken, every path with its versions, and what was left out
    staged/<path>     what the index had, where that differs from HEAD
    files/<path>      what the working tree had, where that differs from the index
    stages/1..3/...   the versions of unmerged paths
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.kernel import lightjson
from gitcoord.kernel.staging import ABSENT, Entry, normal
from gitcoord.kernel.treeformat import TREE
from gitcoord.kernel.uncommitted import MODULE, NONE
from gitcoord.policy.ids import Oid, StoreOid

if TYPE_CHECKING:
    from gitcoord.kernel.objects import Objects

FILE = "snapshot.json"
_MODES = frozenset({"100644", "100755", "120000", MODULE})
_NESTED = 100
"""Directories in each other that a path may have."""


@dataclass(frozen=True, slots=True)
class Version:
    """A path as HEAD, index and working tree had it; `NONE` where it was not there. `raw` is the path as git has it.

    `stages` are the three versions of an unmerged path. `intent`: `git add -N` was said of it.
    """

    raw: bytes
    head: Entry = NONE
    index: Entry = NONE
    file: Entry = NONE
    stages: tuple[Entry, ...] = ()
    intent: bool = False

    @property
    def path(self) -> str:
        """The path as people and claims have it."""
        return normal(self.raw)

    @property
    def is_staged(self) -> bool:
        """Whether the index differs from HEAD."""
        return bool(self.stages) or self.intent or self.index != self.head

    @property
    def is_changed(self) -> bool:
        """Whether the working tree differs from the index."""
        return self.file != self.index or bool(self.stages)

    @property
    def is_new(self) -> bool:
        """Whether git did not know the file: neither HEAD nor the index has it."""
        return self.head == self.index == NONE and not self.stages

    def entries(self) -> list[Entry]:
        """Everything that has content of its own here; submodules are commits of another repository."""
        kept = [self.index] if self.is_staged else []
        kept += [self.file] if self.is_changed else []
        return [entry for entry in (*kept, *self.stages) if entry.mode not in (ABSENT, MODULE)]


@dataclass(frozen=True, slots=True)
class Left:
    """A path that a snapshot does not hold, and why, with its size in bytes.

    `why` is 'secret' (its name looks like one), 'large' (a new file above 1 MiB), 'many' (a directory with so many new
    `files`), 'full' (`coord.snapshotMax` is reached), 'nested' (a repository of its own), 'submodule' (what was changed
    in it), 'unreadable' or 'special' (neither a file nor a link).
    """

    path: str
    why: str
    size: int = 0
    files: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """What a restore does with a path.

    `file` is what becomes of the file: 'write', 'same' (it is as in the snapshot), 'changed' (it differs from what the
    snapshot began with, and stays), 'deleted' (the snapshot has it no more; it stays) or 'submodule' (it stays).
    `index` is what becomes of the index there: 'write', 'same', 'changed' or 'deleted'.
    """

    path: str
    file: str
    index: str


@dataclass(frozen=True, slots=True)
class Content:
    """All of a snapshot. `head` is the commit that was checked out ('' for none), `under_way` what git was in."""

    head: str
    branch: str
    worktree: str
    under_way: str
    versions: list[Version]
    left: list[Left]

    def same_work(self, other: Content) -> bool:
        """Whether two snapshots of one worktree hold the same."""
        return (self.head, self.worktree, self.versions, self.left) == (
            other.head,
            other.worktree,
            other.versions,
            other.left,
        )


def encode(content: Content) -> bytes:
    """The manifest of a snapshot."""
    left = [{"path": one.path, "why": one.why, "size": one.size, "files": one.files} for one in content.left]
    record = {
        "v": 1,
        "head": content.head,
        "branch": content.branch,
        "worktree": content.worktree,
        "under_way": content.under_way,
        "paths": [_encode(version) for version in content.versions],
        "left": left,
    }
    return (json.dumps(record, indent=0, sort_keys=True) + "\n").encode()


def _encode(version: Version) -> dict[str, Any]:
    found: dict[str, Any] = {"path": version.raw.decode("utf-8", "surrogateescape")}
    for name in ("head", "index", "file"):
        entry = getattr(version, name)
        if entry != NONE:
            found[name] = [entry.mode, entry.oid]
    if version.stages:
        found["stages"] = [[entry.mode, entry.oid] for entry in version.stages]
    if version.intent:
        found["intent"] = True
    return found


def decode(data: bytes) -> Content:
    """Read a manifest, whoever wrote it. Raises `Unreadable` for anything that `encode` would not have written."""
    try:
        record = lightjson.loads(data)
        if not isinstance(record, dict):
            raise TypeError(FILE)
        head, branch, worktree, under_way = (str(record[key]) for key in ("head", "branch", "worktree", "under_way"))
        versions = [_decode(item) for item in record["paths"]]
        left = [
            Left(str(item["path"]), str(item["why"]), int(item["size"]), int(item["files"])) for item in record["left"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise errors.snapshot.SnapshotDamaged() from error
    return Content(head, branch, worktree, under_way, versions, left)


def _decode(item: dict[str, Any]) -> Version:
    raw = item["path"].encode("utf-8", "surrogateescape")
    _check(raw)
    head, index, file = (_entry(item.get(name)) for name in ("head", "index", "file"))
    stages = tuple(_entry(stage) for stage in item.get("stages", ()))
    if len(stages) not in (0, 3):
        raise ValueError("an unmerged path has three versions")
    return Version(raw, head, index, file, stages, item.get("intent") is True)


def _check(raw: bytes) -> None:
    """Raise `ValueError` for a path that leads out of a working tree, or into a git directory."""
    parts = raw.split(b"/")
    if not raw or b"\0" in raw or len(parts) > _NESTED:
        raise ValueError("not a path")
    if any(part in (b"", b".", b"..") or part.lower() == b".git" for part in parts):
        raise ValueError("a path that leads elsewhere")


def _entry(item: Any) -> Entry:
    if item is None:
        return NONE
    mode, oid = item
    if mode == ABSENT:
        return NONE
    if mode not in _MODES or not Oid.fits(oid):
        raise ValueError("not an entry")
    return Entry(mode, oid)


def tree_of(objects: Objects, content: Content, manifest: StoreOid) -> StoreOid:
    """Write the tree of a snapshot, whose manifest is this blob; the blobs of its files are there already."""
    found: dict[bytes, Entry] = {FILE.encode(): Entry("100644", manifest)}
    for version in content.versions:
        if version.is_staged and version.index.mode not in (ABSENT, MODULE):
            found[b"staged/" + version.raw] = version.index
        if version.is_changed and version.file.mode not in (ABSENT, MODULE):
            found[b"files/" + version.raw] = version.file
        for number, stage in enumerate(version.stages, 1):
            if stage.mode not in (ABSENT, MODULE):
                found[b"stages/%d/" % number + version.raw] = stage
    return _tree(objects, found)


def _tree(objects: Objects, entries: dict[bytes, Entry]) -> StoreOid:
    """Write the tree of these paths, all below one directory."""
    inner: dict[bytes, dict[bytes, Entry]] = {}
    own: dict[str, tuple[str, str]] = {}
    for path, entry in entries.items():
        name, slash, rest = path.partition(b"/")
        if slash:
            inner.setdefault(name, {})[rest] = entry
        else:
            own[name.decode("utf-8", "surrogateescape")] = entry.mode, entry.oid
    for name, below in inner.items():
        own[name.decode("utf-8", "surrogateescape")] = TREE, _tree(objects, below)
    return objects.write_tree(own)
