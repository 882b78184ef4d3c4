"""What a snapshot takes, and what it leaves out and names: secrets, huge new files, bursts of new files, too much."""

from __future__ import annotations

import os
from bisect import bisect_right
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.snapshot.content import Left
from gitcoord.kernel import uncommitted
from gitcoord.kernel.staging import ABSENT, Entry, normal
from gitcoord.kernel.uncommitted import LINK, MODULE, Changed
from gitcoord.policy import size
from gitcoord.policy.scope import covers
from gitcoord.policy.secret import looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitcoord.kernel.git import Git
    from gitcoord.kernel.place import Place
    from gitcoord.policy.scope import Scope

LARGE = 1 << 20
"""Bytes of a new file above which it is left out."""

MANY = 500
"""New files in one directory above which it is left out."""

MOST = "64m"
"""How much a snapshot takes where `coord.snapshotMax` says nothing."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The paths that are taken, each with the mode of its file, and what is left out."""

    taken: list[tuple[Changed, str]]
    left: list[Left]
    size: int


def choose(place: Place, git: Git, status: uncommitted.Status, include: Sequence[Scope]) -> Chosen:
    """Choose what a snapshot takes; what `include` covers is taken whatever it is called and however large it is.

    `git` reads the index as it was copied. Raises `Usage` for a size in the configuration that is none.
    """
    most = size.parse(place.setting("coord.snapshotmax", MOST))
    left = [Left(normal(raw), "nested") for raw in status.nested]
    left += [Left(one.path, "submodule") for one in _dirty_modules(status.changed)]
    bursts = _bursts(git, [one.raw for one in status.changed if one.is_new])
    named: dict[bytes, int] = {}
    taken: list[tuple[Changed, str]] = []
    staged = uncommitted.sizes(git, (entry.oid for one in status.changed for entry in _kept(one)))
    total = 0
    for one in sorted(status.changed, key=lambda one: (one.is_new, one.raw)):
        mode, bytes_ = _file(place, one)
        wanted = any(covers(scope, one.path, there=True) for scope in include)
        burst = bursts.get(one.raw, b"") if not wanted else b""
        if burst:
            named[burst] = named.get(burst, 0) + 1
            continue
        bytes_ += sum(staged.get(entry.oid, 0) for entry in _kept(one))
        why = _unfit(place, one, mode)
        if not why and not wanted:
            why = _unwanted(one, bytes_)
        if not why and total + bytes_ > most:
            why = "full"
        if why:
            left.append(Left(one.path, why, bytes_))
            continue
        total += bytes_
        taken.append((one, mode))
    left += [Left(normal(burst), "many", files=count) for burst, count in named.items()]
    return Chosen(taken, sorted(left, key=lambda one: one.path), total)


def _dirty_modules(changed: Iterable[Changed]) -> list[Changed]:
    """The submodules in which something is not committed: that stays in them alone."""
    return [one for one in changed if {"M", "U"}.intersection(one.submodule)]


def _kept(one: Changed) -> list[Entry]:
    """What the index has of a path that HEAD does not have."""
    found = [*one.stages, one.index] if one.is_staged else []
    return [entry for entry in found if entry.mode not in (ABSENT, MODULE)]


def _file(place: Place, one: Changed) -> tuple[str, int]:
    """The mode of what is at a path now, and how many bytes of it are not in the index already."""
    if not one.is_dirty:
        return one.index.mode, 0
    mode = uncommitted.mode_of(place, one.raw, one.file)
    if mode == "" and os.path.isdir(uncommitted.path_at(place, one.raw)):  # noqa: PTH112 - a path in bytes
        return ABSENT, 0  # git has the files in it, and the file that was here is gone
    if mode in (ABSENT, MODULE, ""):
        return mode, 0
    try:
        return mode, os.lstat(uncommitted.path_at(place, one.raw)).st_size
    except OSError:
        return ABSENT, 0


def _unfit(place: Place, one: Changed, mode: str) -> str:
    """Why the file at a path cannot be taken at all."""
    if mode == "":
        return "special"
    if mode not in (ABSENT, LINK, MODULE) and not os.access(uncommitted.path_at(place, one.raw), os.R_OK):
        return "unreadable"
    return ""


def _unwanted(one: Changed, bytes_: int) -> str:
    """Why a path is not taken unless somebody asks for it."""
    if looks_secret(one.path):
        return "secret"
    return "large" if one.is_new and bytes_ > LARGE else ""


def _bursts(git: Git, new: list[bytes]) -> dict[bytes, bytes]:
    """The new files that came in a burst, each with the directory that is left out for it ('./' for the top).

    A directory of which git knows nothing counts with all below it, any other with the files that are in itself.
    """
    if len(new) <= MANY:
        return {}
    unknown = sorted(uncommitted.new_directories(git))
    groups: dict[bytes, list[bytes]] = {}
    for raw in new:
        groups.setdefault(_group(raw, unknown), []).append(raw)
    return {raw: group for group, members in groups.items() if len(members) > MANY for raw in members}


def _group(raw: bytes, unknown: list[bytes]) -> bytes:
    at = bisect_right(unknown, raw)
    if at and raw.startswith(unknown[at - 1]):
        return unknown[at - 1]
    directory = raw.rpartition(b"/")[0]
    return directory + b"/" if directory else b"./"
