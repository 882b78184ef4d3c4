"""How the Git of each session stands: what is not committed, how far it is from the default branch, could it land.

Looks only: what a trial merge makes is thrown away.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.errors import CoordError
from gitcoord.kernel import branches
from gitcoord.kernel.git import Git
from gitcoord.kernel.refname import HEADS, REMOTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitcoord.domain.board.look import Seen
    from gitcoord.domain.workspace import Workspace

MOST = 24
"""Worktrees that are looked at; sessions in more of them are shown without."""

PATIENCE = 3.0
"""Seconds for one question to git: a working tree may be large."""

PATHS = 20
"""Conflicting paths that are named."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a working tree stands to the default branch, `base`.

    `dirty` are the files that are not committed, `ahead` and `behind` commits. `landing` is 'landed', 'lands',
    'conflicts' (in `paths`), or '' where that is not known.
    """

    base: str
    dirty: int
    ahead: int
    behind: int
    landing: str
    paths: tuple[str, ...] = ()


def standing(workspace: Workspace, sessions: Iterable[Seen]) -> dict[str, Standing]:
    """Return how the working trees of these sessions stand, by session; of this clone's alone."""
    ids = {item.id: item.worktree for item in sessions if workspace.recorded(item.id) is not None and item.worktree}
    places = list(dict.fromkeys(ids.values()))[:MOST]
    try:
        base = next(iter(branches.look(workspace.place).default), "")
    except CoordError:
        base = ""
    found = {place: _of(workspace.place.environ, place, base) for place in places if Path(place).is_dir()}
    return {name: known for name, place in ids.items() if (known := found.get(place)) is not None}


def _of(environ: Mapping[str, str], place: str, base: str) -> Standing | None:
    git = Git(dict(environ), cwd=place)
    status, out, _ = git.ask("status", "--porcelain", "-z", "--no-renames", timeout=PATIENCE)
    if status != 0:
        return None
    dirty = sum(bool(entry) for entry in out.split(b"\0"))
    short = base.removeprefix(HEADS).removeprefix(REMOTES)
    status, out, _ = git.ask("rev-list", "--left-right", "--count", f"{base}...HEAD", "--", timeout=PATIENCE)
    if not base or status != 0:
        return Standing(short, dirty, 0, 0, "")
    behind, ahead = (int(word) for word in out.split())
    if not ahead:
        return Standing(short, dirty, ahead, behind, "landed")
    if not behind:
        return Standing(short, dirty, ahead, behind, "lands")
    landing, paths = _try(git, base)
    return Standing(short, dirty, ahead, behind, landing, paths)


def _try(git: Git, base: str) -> tuple[str, tuple[str, ...]]:
    """Merge for a trial; returns how that went, and the paths that conflict."""
    status, real, _ = git.ask("rev-parse", "--path-format=absolute", "--git-path", "objects", timeout=PATIENCE)
    if status != 0:
        return "", ()
    with tempfile.TemporaryDirectory(prefix="git-coord-") as room:
        aside = Git(git.env, cwd=git.prefix[git.prefix.index("-C") + 1])
        aside.env["GIT_OBJECT_DIRECTORY"] = room
        aside.env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = os.fsdecode(real).rstrip("\n")
        words = ("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", base, "HEAD")
        status, out, _ = aside.ask(*words, timeout=PATIENCE)
    if status == 0:
        return "lands", ()
    if status != 1:
        return "", ()
    return "conflicts", tuple(os.fsdecode(path) for path in out.split(b"\0")[1 : PATHS + 1] if path)
