"""What came of a stage, for the next one: the commits that its session made since it took it, and their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import checkout
from gitcoord.domain.handoff import facts
from gitcoord.policy import limits

if TYPE_CHECKING:
    from gitcoord.domain.task.record import Task
    from gitcoord.domain.workspace import Workspace
    from gitcoord.policy.ids import SessionId


def made(workspace: Workspace, task: Task, me: SessionId) -> dict[str, Any]:
    """Return what a session that completes a stage says of it: `branch`, `head`, `commits` and `files`."""
    head = checkout.head(workspace)
    found: dict[str, Any] = {"branch": checkout.branch(workspace), "head": head}
    commits, files = [], dict[str, None]()
    for one in facts.commits(workspace, me, head):
        time, changed = _commit(workspace, one.commit)
        if time >= task.given:
            commits.append(f"{one.commit[:12]} {one.subject}"[: limits.TEXT])
            files |= dict.fromkeys(changed)
    if commits:
        found |= {"commits": few(commits), "files": few(sorted(files))}
    return found


def few(listed: list[str]) -> list[str]:
    """Return as many as are handed on; the last one says how many more there are, where there are more."""
    if len(listed) <= limits.HANDED:
        return listed
    shown = listed[: limits.HANDED - 1]
    return [*shown, f"... and {len(listed) - len(shown)} more"]


def _commit(workspace: Workspace, commit: str) -> tuple[int, list[str]]:
    """Return when a commit was made (seconds), and the files that it changed."""
    out = workspace.place.git.ask("show", "--format=%ct", "--name-only", "--no-renames", "-z", commit)[1]
    time, *names = out.decode("utf-8", "surrogateescape").replace("\n", "\0").split("\0")
    return int(time or 0), [name for name in names if name and len(name) <= limits.TEXT]
