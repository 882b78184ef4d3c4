"""Take a snapshot: read what is not committed, write its content as objects, and keep it.

Nothing of the user's is written: not the index (git is given a copy), not the stash, no file, no ref of theirs. The
objects go where the coordination refs are; where that is another repository (`coord.store`), they are made in a
directory of their own, which may be written where `.git` may not, and are carried over.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout
from gitcoord.domain.snapshot import choosing, shelf
from gitcoord.domain.snapshot.content import Content, Left, Version
from gitcoord.errors import GitFailed
from gitcoord.kernel import scratch, staging, uncommitted
from gitcoord.kernel.staging import ABSENT, Entry
from gitcoord.kernel.uncommitted import LINK, MODULE, NONE
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.choosing import Chosen
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.git import Git
    from gitcoord.kernel.place import Place
    from gitcoord.kernel.uncommitted import Changed
    from gitcoord.policy.scope import Scope

_TRIES = 3
_FORGOTTEN = 24 * 3600  # a directory that is so old was left by a process that was killed


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot, None where everything is committed; what was left out, and how many bytes were taken."""

    kept: shelf.Kept | None
    left: list[Left]
    size: int


def check_place(place: Place) -> None:
    """Whether snapshots can be taken or restored here. Raises `Usage`, and `Forbidden` where they are turned off."""
    if not place.flag("coord.snapshot", True):
        raise errors.snapshot.SnapshotsOff()
    if not place.top:
        raise errors.usage.Bare("working tree")
    if place.object_format != "sha1":
        raise errors.snapshot.NotKept(place.object_format)


def take(
    workspace: Workspace, me: Session, why: str = "", include: Sequence[Scope] = (), *, there: Place | None = None
) -> Taken:
    """Keep the uncommitted work of this worktree, or of the one `there`, as a snapshot of a session.

    `there` may be of another clone: its store is the one of the workspace then.

    Raises `Usage`, `Forbidden`, `Busy` where others commit all the time, `Quota`, and `GitFailed` where a file cannot
    be read as git would add it.
    """
    place = there or workspace.place
    check_place(place)
    with room(workspace) as directory:
        for attempt in range(_TRIES):
            index = directory / "index"
            status = uncommitted.look(place, index)
            git = staging.git_with(place, index)
            chosen = choosing.choose(place, git, status, include)
            try:
                versions = _write(workspace, place, directory, git, chosen)
                break
            except (GitFailed, OSError) as error:  # a file may have gone since
                if attempt == _TRIES - 1:
                    raise _failed(error) from error
    if not versions and not chosen.left:
        return Taken(None, [], 0)
    under_way = staging.under_way(place) or _rebase(place)
    branch = checkout.branch(workspace, place.git_dir)
    content = Content(status.head, branch, place.top, under_way, versions, chosen.left)
    kept = shelf.put(workspace, me, content, why) if versions else None
    return Taken(kept, chosen.left, chosen.size)


def _failed(error: Exception) -> GitFailed:
    if isinstance(error, GitFailed):
        return error
    return GitFailed(["hash-object"], 1, str(error))


def _rebase(place: Place) -> str:
    names = ("rebase-merge", "rebase-apply")
    return "rebase" if any(Path(place.git_dir, name).exists() for name in names) else ""


@contextmanager
def room(workspace: Workspace) -> Iterator[Path]:
    """A directory of this process, for the block; those of others that were killed are swept away."""
    home = workspace.place.coord_dir
    for old in home.glob("snapshot.*"):
        try:
            if workspace.clock.now() - old.stat().st_mtime > _FORGOTTEN:
                scratch.remove(old)
        except OSError:
            continue  # gone already
    directory = home / f"snapshot.{workspace.caller.pid}-{workspace.ids.hexadecimal(8)}"
    try:
        directory.mkdir()
    except OSError as error:
        raise errors.storage.CannotAccess("write to", home, error.strerror) from error
    try:
        yield directory
    finally:
        scratch.remove(directory)


def _write(workspace: Workspace, place: Place, room: Path, git: Git, chosen: Chosen) -> list[Version]:
    """Write the files that were chosen as objects. Raises `GitFailed` or `OSError` where one cannot be read."""
    apart = place.store_dir != place.common_dir
    if apart:
        objects = room / "objects"
        objects.mkdir(exist_ok=True)
        git.env["GIT_OBJECT_DIRECTORY"] = str(objects)
        git.env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = str(Path(place.common_dir, "objects"))
    dirty = [(one, mode) for one, mode in chosen.taken if one.is_dirty]
    plain = [one.raw for one, mode in dirty if mode not in (ABSENT, LINK, MODULE)]
    durable = place.flag("coord.fsync", True)
    ids = dict(zip(plain, uncommitted.hashed(git, plain, write=True, durable=durable), strict=True))
    for one, mode in dirty:
        if mode == LINK:
            ids[one.raw] = workspace.ledger.store.objects.write("blob", uncommitted.link_text(place, one.raw))
    versions = [
        Version(
            one.raw, one.head, one.index, _file(place, one, mode, Oid(ids.get(one.raw, ""))), one.stages, one.intent
        )
        for one, mode in chosen.taken
    ]
    if apart:  # where a link leads was written there at once
        entries = [entry for version in versions for entry in version.entries()]
        uncommitted.carry(git, place.store_git, (entry.oid for entry in entries if entry.mode != LINK or not apart))
    return versions


def _file(place: Place, one: Changed, mode: str, oid: Oid) -> Entry:
    """What the working tree has at a path: a file, a submodule with the commit checked out in it, or nothing."""
    if not one.is_dirty:
        return one.index
    if oid or mode != MODULE:
        return Entry(mode, oid) if oid else NONE
    inner = os.fsdecode(uncommitted.path_at(place, one.raw))
    if not os.path.lexists(f"{inner}/.git"):
        return one.index
    commit = place.git.ask("-C", inner, "rev-parse", "--verify", "--quiet", "HEAD")[1].decode().strip()
    return Entry(MODULE, Oid(commit)) if commit else one.index
