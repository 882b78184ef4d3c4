"""Where the program that was started for a member prints to: a file in the git directory of its worktree."""

from __future__ import annotations

import os
from pathlib import Path

from gitcoord.kernel import file

LOG = "coord-team.log"


def of_git_dir(git_dir: str) -> str:
    """Return the file for a worktree with this git directory."""
    return str(Path(git_dir, LOG))


def of_worktree(worktree: str) -> str:
    """Return the file for a worktree, '' where there is none."""
    try:
        named = os.fsdecode(file.read(f"{worktree}/.git")).removeprefix("gitdir:").strip()
    except OSError:
        return ""
    found = of_git_dir(str(Path(worktree, named)))
    return found if Path(found).is_file() else ""
