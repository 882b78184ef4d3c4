"""A commit that was made after somebody else had claimed what it changed: pre-commit passed, the editor was open."""

from __future__ import annotations

import time

from gitcoord.guard import commits
from gitcoord.guard.past import Past
from gitcoord.hook import refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.judge import Verdict
    from gitcoord.guard.snapshot import Snapshot
    from gitcoord.hook.committer import Committer
    from gitcoord.hook.context import Context


def look(context: Context, snapshot: Snapshot, committer: Committer, commit: str) -> Verdict | None:
    """What others claim by now of what a commit changed, so that its push will be refused; None for nothing.

    The commit's note has to be there. Raises `CoordError`.
    """
    repository = commits.Repository(context.git, context.store_git, context.common_dir, snapshot)
    at_fault = commits.at_fault(repository, committer.sessions, committer.mine, [commit])
    return at_fault[0][1] if at_fault else None


def tell(context: Context, snapshot: Snapshot, committer: Committer, found: Verdict) -> None:
    """Say what was taken over by whom and when, and what helps."""
    first = found.held[0]
    took = Past(context.store_git, snapshot).took_from(first.claim, committer.mine())
    since = committer.sessions.claim(first.session, first.claim).since
    context.say(refusal.overtaken(found, committer, _clock(since, context.now()), took=took))


def is_amend(context: Context) -> bool:
    """Whether HEAD was amended just now: post-rewrite looks at that, and says the same."""
    _, out, _ = context.git.ask("log", "-g", "-1", "--format=%gs", "HEAD")
    return out.startswith(b"commit (amend)")


def _clock(then: int, now: int) -> str:
    return time.strftime("%H:%M" if now - then < 20 * 3600 else "%Y-%m-%d %H:%M", time.localtime(then))
