"""The uncommitted work of a worktree as a commit on top of its HEAD, among objects that are thrown away.

It holds what a snapshot would take: no secrets, no huge new files. Nothing of the user's is touched.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.snapshot import choosing
from gitcoord.kernel import revision, staging, uncommitted
from gitcoord.kernel.git import Git, scrubbed
from gitcoord.kernel.mergetree import quoted
from gitcoord.kernel.place import discover
from gitcoord.kernel.staging import ABSENT, Entry
from gitcoord.kernel.uncommitted import LINK, MODULE
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.place import Place
    from gitcoord.kernel.uncommitted import Changed

_WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in (("NAME", "uncommitted work"), ("EMAIL", "nobody@localhost"), ("DATE", "1000000000 +0000"))
}
"""The same for the same work, so that its commit has the same id."""


@dataclass(frozen=True, slots=True)
class Work:
    """The commit, and how many files it holds."""

    commit: Oid
    files: int


def head(workspace: Workspace, git_dir: str) -> Oid:
    """Return the commit that is checked out in the worktree of this git directory; '' for none."""
    git = Git(dict(workspace.place.environ), git_dir=git_dir)
    return revision.commit(git, "HEAD")


def commit(workspace: Workspace, worktree: str, room: Path, name: str) -> Work | None:
    """Return what is not committed in a worktree; None where everything is.

    `room` has a directory `objects`; the copy of the index is called `name` there. Raises `CoordError`, `OSError`.
    """
    here = workspace.place
    known = worktree == here.top and "GIT_DIR" not in here.environ
    place = here if known else discover(worktree, scrubbed(dict(here.environ)))
    index = room / name
    status = uncommitted.look(place, index)
    if not status.head or not status.changed:
        return None
    git = staging.git_with(place, index)
    git.env["GIT_OBJECT_DIRECTORY"] = str(room / "objects")
    git.env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = quoted(str(Path(place.common_dir, "objects")))
    chosen = choosing.choose(place, git, status, ())
    entries = _entries(place, git, chosen.taken)
    if not entries:
        return None
    staging.put(git, entries)
    tree = git.text("write-tree")
    git.env.update(_WHO)
    made = Oid(git.text("commit-tree", tree, "-p", status.head, "-m", "uncommitted work"))
    return Work(made, len(entries))


def _entries(place: Place, git: Git, taken: list[tuple[Changed, str]]) -> list[tuple[bytes, Entry]]:
    """What the worktree has at each path."""
    dirty = [(one, mode) for one, mode in taken if one.is_dirty or one.stages]
    plain = [one.raw for one, mode in dirty if mode not in (ABSENT, LINK, MODULE)]
    ids = dict(zip(plain, uncommitted.hashed(git, plain, write=True), strict=True))
    found = []
    for one, mode in taken:
        if mode == MODULE:
            continue  # a submodule's own work is its own affair
        if not one.is_dirty and not one.stages:
            found.append((one.raw, one.index if one.index.mode != ABSENT else Entry(ABSENT, Oid("0" * 40))))
        elif mode == ABSENT:
            found.append((one.raw, Entry(ABSENT, Oid("0" * 40))))
        elif mode == LINK:
            out = git.run("hash-object", "-w", "--stdin", data=uncommitted.link_text(place, one.raw))
            found.append((one.raw, Entry(LINK, Oid(out.decode().strip()))))
        else:
            found.append((one.raw, Entry(mode, Oid(ids[one.raw]))))
    return found
