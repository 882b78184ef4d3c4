"""Bring a snapshot back: what would be written, and the writing. No changed file is overwritten, nothing is deleted.

A file is written where nothing of it was changed here: where working tree (or index) have what HEAD had when the
snapshot was taken. What is as in the snapshot already is left as it is, and so is all that is different.
"""

from __future__ import annotations

import errno
import hashlib
import os
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass, replace
from gitcoord.domain.snapshot import taking
from gitcoord.domain.snapshot.content import Step
from gitcoord.kernel import staging, uncommitted
from gitcoord.kernel.staging import ABSENT, Entry
from gitcoord.kernel.uncommitted import LINK, MODULE, NONE
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.domain.snapshot.content import Version
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.git import Git
    from gitcoord.kernel.place import Place

_TRIES = 3

OTHER = Entry("other", Oid(""))
"""What is neither a file nor a link, or cannot be reached without following a link."""


@dataclass(frozen=True, slots=True)
class _Here:
    """What stands at a path here: file and index. `sign` changes when the file does."""

    file: Entry
    index: tuple[Entry, ...]
    sign: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    version: Version
    here: _Here
    step: Step


def preview(workspace: Workspace, kept: Kept) -> list[Step]:
    """Return what a restore would do. Raises `Usage` where there is no working tree."""
    taking.check_place(workspace.place)
    with taking.room(workspace) as room:
        return [plan.step for plan in _plans(workspace, kept, room)]


def restore(workspace: Workspace, kept: Kept) -> list[Step]:
    """Write what can be written; files first, then the index in one step. Returns what was done.

    Raises `Busy` where another git holds the index, `GitFailed` where the content cannot be read.
    """
    place = workspace.place
    taking.check_place(place)
    with taking.room(workspace) as room:
        plans = _plans(workspace, kept, room)
        if place.store_dir != place.common_dir:
            ids = [entry.oid for plan in plans for entry in plan.version.entries()]
            uncommitted.carry(place.store_git, place.git, ids)
        plans = _write_files(place, room, plans)
        _write_index(workspace, room, plans)
    return [plan.step for plan in plans]


def _plans(workspace: Workspace, kept: Kept, room: Path) -> list[_Plan]:
    place, versions = workspace.place, kept.content.versions
    copy = room / "index"
    staging.copy(place, copy)
    git = staging.git_with(place, copy)
    index = staging.entries(git)
    files = _files(place, git, versions)
    plans = []
    for version in versions:
        here = _Here(files[version.raw][0], index.get(version.raw, ()), files[version.raw][1])
        file = _file_step(version, here)
        plans.append(_Plan(version, here, Step(version.path, file, _index_step(version, here, file))))
    return plans


def _files(place: Place, git: Git, versions: list[Version]) -> dict[bytes, tuple[Entry, tuple[int, ...]]]:
    """What stands at each path in the working tree now, with a sign that changes when it does."""
    found: dict[bytes, tuple[Entry, tuple[int, ...]]] = {}
    plain: list[tuple[bytes, str, tuple[int, ...]]] = []
    for version in versions:
        raw, known = version.raw, version.file if version.file != NONE else version.index
        mode, sign = uncommitted.mode_of(place, raw, known.mode), sign_of(place, raw)
        if mode in (ABSENT, "", MODULE) or not _is_reachable(place, raw):
            entry = NONE if mode == ABSENT and _is_reachable(place, raw) else OTHER
            found[raw] = entry, sign
        elif mode == LINK:
            text = uncommitted.link_text(place, raw)
            found[raw] = Entry(LINK, Oid(_blob(text))), sign
        else:
            plain.append((raw, mode, sign))
    ids = uncommitted.hashed(git, [raw for raw, _, _ in plain], write=False)
    return found | {raw: (Entry(mode, Oid(oid)), sign) for (raw, mode, sign), oid in zip(plain, ids, strict=True)}


def _blob(text: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(text) + text, usedforsecurity=False).hexdigest()


def _is_reachable(place: Place, raw: bytes) -> bool:
    """Whether every directory on the way to a path is one, or is not there yet: a link would lead elsewhere."""
    parts = raw.split(b"/")[:-1]
    way = os.fsencode(place.top)
    for part in parts:
        way = os.path.join(way, part)  # noqa: PTH118 - a path in bytes
        if os.path.islink(way) or (os.path.lexists(way) and not os.path.isdir(way)):  # noqa: PTH112, PTH114
            return False
    return True


def sign_of(place: Place, raw: bytes) -> tuple[int, ...]:
    """Return what changes when a file does; () where nothing is."""
    try:
        found = os.lstat(uncommitted.path_at(place, raw))
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _file_step(version: Version, here: _Here) -> str:
    if version.file.mode == MODULE or version.head.mode == MODULE or version.index.mode == MODULE:
        return "same" if here.file == version.file else "submodule"
    if here.file == version.file:
        return "same"
    if version.file == NONE:
        return "deleted"
    return "write" if here.file == version.head else "changed"


def _index_step(version: Version, here: _Here, file: str) -> str:
    wanted = _wanted(version)
    if here.index == wanted:
        return "same"
    if not version.is_staged:
        return "same" if here.index == _only(version.head) else "changed"
    if file == "changed" or here.index != _only(version.head):
        return "changed"
    # An entry that goes while its file stays would make a new file of it.
    return "deleted" if wanted == () and file == "deleted" else "write"


def _wanted(version: Version) -> tuple[Entry, ...]:
    """What the index had at a path: an entry, the three versions of an unmerged one, or nothing."""
    if version.stages:
        return version.stages
    return (Entry(version.file.mode, staging.EMPTY_BLOB),) if version.intent else _only(version.index)


def _only(entry: Entry) -> tuple[Entry, ...]:
    return () if entry == NONE else (entry,)


def _write_files(place: Place, room: Path, plans: list[_Plan]) -> list[_Plan]:
    """Write the files, each whole or not at all; what changed since is left as it is."""
    due = [plan for plan in plans if plan.step.file == "write"]
    if not due:
        return plans
    away = room / "files"
    _check_out(place, room, away, due)
    done = []
    for plan in plans:
        if plan.step.file == "write" and not _put(place, away, plan):
            step = replace(plan.step, file="changed", index="changed" if plan.version.is_staged else "same")
            done.append(replace(plan, step=step))
        else:
            done.append(plan)
    return done


def _check_out(place: Place, room: Path, away: Path, due: list[_Plan]) -> None:
    """Let git write these files into a directory of ours, through its filters."""
    git = staging.git_with(place, room / "checkout")
    staging.put(git, [(plan.version.raw, plan.version.file) for plan in due])
    names = b"".join(plan.version.raw + b"\0" for plan in due)
    git.run("checkout-index", "-z", "--stdin", f"--prefix={away}/", data=names)


def _put(place: Place, away: Path, plan: _Plan) -> bool:
    """Bring a file to its place, if what stands there has not changed since; false where it has."""
    raw = plan.version.raw
    source = os.path.join(os.fsencode(away), raw)  # noqa: PTH118 - a path in bytes
    target = uncommitted.path_at(place, raw)
    if not os.path.lexists(source) or not _is_reachable(place, raw) or sign_of(place, raw) != plan.here.sign:
        return False
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)  # noqa: PTH103, PTH120 - a path in bytes
        try:
            _move(source, target, is_new=plan.here.file == NONE)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = target + b".coord-%d" % os.getpid()
            import shutil  # only where the directory is on another file system

            shutil.copy2(source, beside, follow_symlinks=False)
            try:
                _move(beside, target, is_new=plan.here.file == NONE)
            except FileExistsError:
                os.unlink(beside)  # noqa: PTH108 - a path in bytes
                raise
    except FileExistsError:
        return False
    except OSError as error:
        raise errors.storage.CannotAccess("write", os.fsdecode(target), error.strerror) from error
    return True


def _move(source: bytes, target: bytes, *, is_new: bool) -> None:
    """Move a file to its place. Raises `FileExistsError` where it is new and something stands there by now."""
    if is_new:
        os.link(source, target, follow_symlinks=False)
        os.unlink(source)  # noqa: PTH108 - a path in bytes
    else:
        os.replace(source, target)  # noqa: PTH105 - a path in bytes


def _write_index(workspace: Workspace, room: Path, plans: list[_Plan]) -> None:
    """Give the index what was staged, in one step. Raises `Busy` where it never stays as it is."""
    place = workspace.place
    due = [plan for plan in plans if plan.step.index == "write"]
    for _ in range(_TRIES if due else 0):
        seen, copy = staging.identity(place), room / "index"
        staging.copy(place, copy)
        git = staging.git_with(place, copy)
        now = staging.entries(git)
        if any(now.get(plan.version.raw, ()) != plan.here.index for plan in due):
            break
        staging.put_stages(git, [(plan.version.raw, _wanted(plan.version)) for plan in due if not plan.version.intent])
        staging.intend(git, [plan.version.raw for plan in due if plan.version.intent])
        if staging.swap(place, copy, seen):
            return
    if due:
        raise errors.snapshot.IndexChanged()
