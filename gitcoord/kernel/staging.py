"""An index of the user's as git sees it: copied, compared with a commit, changed entry by entry."""

from __future__ import annotations

import os
import stat
import time
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.errors import GitFailed
from gitcoord.kernel import revision
from gitcoord.kernel.git import Git
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitcoord.kernel.place import Place

EMPTY_TREES = {
    "sha1": Oid("4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    "sha256": Oid("6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"),
}
EMPTY_BLOB = Oid("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
"""What the index has at a path of which only `git add -N` was said."""

ABSENT = "000000"
"""The mode of an entry that is not there."""

_Seen = TypeVar("_Seen")

_PATIENCE = 10.0  # seconds that another git may hold the index
_NAP = 0.01


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index or a tree has at a path: mode (`ABSENT` for nothing) and object id."""

    mode: str
    oid: Oid


@dataclass(frozen=True, slots=True)
class Change:
    """A path at which an index, or a tree, differs from an older tree. `raw` is the path as git has it."""

    raw: bytes
    old: Entry
    new: Entry
    unmerged: bool

    @property
    def path(self) -> str:
        """The path as claims have it."""
        return normal(self.raw)


def path_of(place: Place) -> Path:
    """The index file that git uses here."""
    return Path(place.top, place.environ.get("GIT_INDEX_FILE") or Path(place.git_dir, "index"))


def head(place: Place) -> Oid:
    """The commit that is checked out; '' before the first one."""
    return revision.commit(place.git, "HEAD")


def git_with(place: Place, index: Path) -> Git:
    """Git in this work tree with this file for its index."""
    git = Git(place.environ, cwd=place.top)
    git.env.update(GIT_DIR=place.git_dir, GIT_WORK_TREE=place.top, GIT_INDEX_FILE=str(index))
    return git


def copy(place: Place, to: Path) -> Oid:
    """Copy the index at a moment at which no git is about to change it; returns what HEAD was ('' before the first).

    Raises `Busy` where somebody holds the index too long.
    """
    return copied(place, to, lambda: head(place))


def copied(place: Place, to: Path, look: Callable[[], _Seen]) -> _Seen:
    """Copy the index and look at it, again until no git was about to change it meanwhile; returns what was seen.

    A git that commits moves HEAD before its index: in between the index looks as if it took that commit back. It holds
    `index.lock` all the time. Raises `Busy` where somebody holds that too long.
    """
    index = path_of(place)
    lock = index.with_name(index.name + ".lock")
    give_up = time.monotonic() + _PATIENCE
    while True:
        if not lock.exists():
            before = _identity(index)
            _copy_file(index, to)
            seen = look()
            if not lock.exists() and _identity(index) == before:
                return seen
        if time.monotonic() > give_up:
            raise errors.storage.IndexLocked(lock, f"if no git runs here, it was left by a crash: rm {lock}")
        time.sleep(_NAP)


def _identity(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _copy_file(index: Path, to: Path) -> None:
    try:
        made = index.stat()
        to.write_bytes(index.read_bytes())
    except FileNotFoundError:
        to.unlink(missing_ok=True)
        return
    os.utime(to, ns=(made.st_atime_ns, made.st_mtime_ns))  # a file as young as the index is compared by its content


_WHOLE = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}


def under_way(place: Place) -> str:
    """What git is in the middle of, and a commit ends; '' for nothing."""
    refs_are_files = not Path(place.common_dir, "reftable").is_dir()
    for name, what in _WHOLE.items():
        if Path(place.git_dir, name).exists():
            return what
        if not refs_are_files and revision.leads_to(place.git, name):
            return what
    return ""


def staged(git: Git, tree: Oid) -> list[Change]:
    """Where the index of `git` differs from a commit or tree, both sides of a rename among them."""
    # Configuration could hide submodules or show a part only; an entry of `add -N` is not staged.
    out = git.run(
        "diff-index",
        "--cached",
        "--raw",
        "-z",
        "--no-renames",
        "--no-relative",
        "--no-abbrev",
        "--ignore-submodules=none",
        "--ita-invisible-in-index",
        tree,
    )
    return _parse(out)


def between(git: Git, old: Oid, new: Oid) -> list[Change]:
    """Where a commit or tree differs from another."""
    out = git.run(
        "diff-tree",
        "-r",
        "--raw",
        "-z",
        "--no-renames",
        "--no-relative",
        "--no-abbrev",
        "--ignore-submodules=none",
        old,
        new,
    )
    return _parse(out)


def _parse(out: bytes) -> list[Change]:
    found: dict[bytes, Change] = {}
    fields = iter(out.split(b"\0"))
    for field in fields:
        if not field:
            break
        old_mode, new_mode, old, new, status = field.removeprefix(b":").decode().split(" ")
        raw = next(fields)
        merged = found.get(raw)
        # An unmerged path may come twice: once as unmerged, once as it differs.
        unmerged = status.startswith("U") or (merged is not None and merged.unmerged)
        found[raw] = Change(raw, Entry(old_mode, Oid(old)), Entry(new_mode, Oid(new)), unmerged)
    return list(found.values())


def put(git: Git, entries: Iterable[tuple[bytes, Entry]]) -> None:
    """Write entries into the index of `git`. Waits while another git holds it; raises `GitFailed`."""
    lines = []
    for raw, entry in entries:
        gone = f"0 {'0' * len(entry.oid)}\t".encode() + raw + b"\0"
        lines.append((False, gone))  # first, or an unmerged entry would keep its stages
        if entry.mode != ABSENT:
            lines.append((True, f"{entry.mode} {entry.oid}\t".encode() + raw + b"\0"))
    # What goes makes room for what comes: a file where a directory was.
    data = b"".join(line for _, line in sorted(lines, key=lambda item: item[0]))
    give_up = time.monotonic() + _PATIENCE
    while True:
        status, _, err = git.ask("update-index", "-z", "--index-info", data=data)
        if status == 0:
            return
        if b".lock" not in err or time.monotonic() > give_up:
            raise GitFailed(["update-index"], status, err.decode(errors="replace"))
        time.sleep(_NAP)


def entries(git: Git) -> dict[bytes, tuple[Entry, ...]]:
    """Return what the index of `git` has: an entry for each path, for an unmerged one its three versions."""
    found: dict[bytes, tuple[Entry, ...]] = {}
    nothing = Entry(ABSENT, Oid(""))
    for record in git.run("ls-files", "--stage", "-z").split(b"\0"):
        said, _, raw = record.partition(b"\t")
        if raw:
            mode, oid, stage = said.decode().split(" ")
            if stage == "0":
                found[raw] = (Entry(mode, Oid(oid)),)
            else:
                stages = list(found.get(raw, (nothing,) * 3))
                stages[int(stage) - 1] = Entry(mode, Oid(oid))
                found[raw] = tuple(stages)
    return found


def put_stages(git: Git, wanted: Iterable[tuple[bytes, tuple[Entry, ...]]]) -> None:
    """Write paths into the index of `git` as `entries` returns them; nobody else uses that index."""
    gone, come = [], []
    for raw, versions in wanted:
        gone.append(b"0 " + b"0" * len(EMPTY_BLOB) + b"\t" + raw + b"\0")
        first = 0 if len(versions) == 1 else 1
        for stage, entry in enumerate(versions, first):
            if entry.mode != ABSENT:
                come.append(f"{entry.mode} {entry.oid} {stage}\t".encode() + raw + b"\0")
    git.run("update-index", "-z", "--index-info", data=b"".join((*gone, *come)))


def intend(git: Git, paths: list[bytes]) -> None:
    """Say of files that they will be added (`git add -N`), in the index of `git`."""
    if paths:
        literal = Git(git.env)
        literal.prefix, literal.env = git.prefix, {**git.env, "GIT_LITERAL_PATHSPECS": "1"}
        names = b"".join(path + b"\0" for path in paths)
        literal.run("add", "--intent-to-add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul", data=names)


def identity(place: Place) -> tuple[int, int, int] | None:
    """Return what changes when the index does; None where there is none."""
    return _identity(path_of(place))


def swap(place: Place, copy: Path, seen: tuple[int, int, int] | None) -> bool:
    """Put a copy of the index in its place, if that is as it was `seen`; the copy is gone then.

    Raises `Busy` where another git holds the index too long.
    """
    index = path_of(place)
    lock = index.with_name(index.name + ".lock")
    if seen is not None:
        copy.chmod(stat.S_IMODE(index.stat().st_mode))
    give_up = time.monotonic() + _PATIENCE
    while True:
        try:
            os.link(copy, lock)
            break
        except FileExistsError:
            if time.monotonic() > give_up:
                raise errors.storage.IndexLocked(lock) from None
            time.sleep(_NAP)
    if _identity(index) != seen:
        lock.unlink()
        return False
    lock.replace(index)
    copy.unlink()
    return True


def normal(path: bytes) -> str:
    """A path that git named, as claims have it: composed (NFC), bytes that are not UTF-8 as surrogate escapes."""
    text = path.decode("utf-8", "surrogateescape")
    return text if text.isascii() else unicodedata.normalize("NFC", text)
