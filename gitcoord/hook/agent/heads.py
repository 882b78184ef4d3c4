"""What a worktree's HEAD is, read from git's files."""

from __future__ import annotations

import os

from gitcoord.kernel import file, revision

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.kernel.git import Git


def current(git_dir: str, common_dir: str) -> str:
    """Return `REF COMMIT` for a worktree's git directory: `HEAD` for the ref where it is detached.

    The commit is empty where its ref has no file of its own. Returns '' where HEAD cannot be read so.
    """
    try:
        head = os.fsdecode(file.read(git_dir + "/HEAD")).strip()
    except OSError:
        return ""
    if not head.startswith("ref: "):
        return f"HEAD {head}"
    ref = head.removeprefix("ref: ").strip()
    if ref.endswith("/.invalid"):  # the refs are in another format
        return ""
    try:
        return f"{ref} {os.fsdecode(file.read(f'{common_dir}/{ref}')).strip()}"
    except OSError:
        return f"{ref} "


def was_moved(git: Git, before: str, now: str) -> str:
    """Return how HEAD was moved: 'switched' to another branch, 'reset', or '' where commits were added at most."""
    if not before or not now or before == now:
        return ""
    old_ref, _, old = before.partition(" ")
    new_ref, _, new = now.partition(" ")
    if old_ref != new_ref:
        return "switched"
    if not old or not new:
        return ""
    return "" if revision.is_behind(git, old, new) else "reset"
