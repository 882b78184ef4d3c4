"""A commit that was made after somebody else had claimed what it changed: pre-commit passed, the editor was open."""

from __future__ import annotations

import time

from gitcoord.guard import commits
from gitcoord.guard.past import Past
from gitcoord.hook import refusal
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from gitcoord.guard.judge import Verdict
    from gitcoord.guard.snapshot import Snapshot
    from gitcoord.hook.committer import Committer
    from gitcoord.hook.context import Context


def look(
    context: Context, snapshot: Snapshot, committer: Committer, commit: Oid, paths: Collection[str]
) -> Verdict | None:
    """What others claim by now of these paths of a commit, so that its push will be refused; None for nothing.

    The commit has to be on record. Raises `CoordError`.
    """
    repository = commits.Repository(context.git, context.store_git, context.common_dir, snapshot)
    for _, found in commits.at_fault(repository, committer.sessions, committer.mine, [commit]):
        found.held = [item for item in found.held if item.path in paths]
        return found if found.held else None
    return None


def tell(context: Context, snapshot: Snapshot, committer: Committer, found: Verdict) -> None:
    """Say what was taken over by whom and when, and what helps."""
    first = found.held[0]
    took = Past(context.store_git, snapshot).took_from(first.claim, committer.mine())
    since = committer.sessions.claim(first.session, first.claim).since
    context.say(refusal.overtaken(found, committer, _clock(since, context.now()), took=took))


def replaced(context: Context) -> Oid:
    """Return the commit that was amended into HEAD just now; '' where HEAD is a new one, or nothing tells."""
    status, out, _ = context.git.ask("log", "-g", "-2", "--format=%H %gs", "HEAD")
    lines = out.decode(errors="replace").splitlines()
    if status != 0 or len(lines) < 2 or not lines[0].partition(" ")[2].startswith("commit (amend)"):
        return Oid("")
    return Oid(lines[1].partition(" ")[0])


def _clock(then: int, now: int) -> str:
    return time.strftime("%H:%M" if now - then < 20 * 3600 else "%Y-%m-%d %H:%M", time.localtime(then))
