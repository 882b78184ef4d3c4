"""Where a `core.hooksPath` comes from that leads git past our hooks, and what mends it. Asked only where one does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.errors.remedy import Remedy, join, quote
from gitcoord.setup.installation import hooks_path
from gitcoord.setup.installation.config import Config

if TYPE_CHECKING:
    from gitcoord.kernel.git import Git

KEY = hooks_path.KEY


def why(git: Git, common_dir: Path, leads_to: Path) -> str:
    """Return who leads git to `leads_to`, and the command that mends it, in one sentence."""
    values = Config(git, common_dir).in_force(KEY, path=True)
    last = values[-1] if values else None
    if last is not None and last.scope == "worktree":
        return (
            f"{KEY} of this worktree leads to {leads_to}, past our hooks: git config --worktree --unset {KEY} mends it"
        )
    if last is None or not leads_to.match(last.value):
        return f"{KEY} leads to {leads_to}, past our hooks, as the environment says (GIT_CONFIG_...): unset it there"
    file = _included(git, common_dir)
    if file:
        unset = f"git config --file {quote(file)} --unset {KEY}"
        return join("", f"{KEY} leads to {leads_to}, past our hooks: {unset}, then ", Remedy("{}", "init"))
    return join("", f"{KEY} leads to {leads_to}, past our hooks: ", Remedy("{} mends it", "init"))


def _included(git: Git, common_dir: Path) -> str:
    """Return the file that the repository's own configuration includes and that says so; '' where none does."""
    status, out, _ = git.ask("config", "--null", "--show-origin", "--show-scope", "--get-all", KEY)
    fields = os.fsdecode(out).split("\0") if status == 0 else []
    entries = [
        origin.removeprefix("file:")
        for scope, origin in zip(fields[::3], fields[1::3], strict=False)
        if scope == "local" and origin.startswith("file:")
    ]
    last = entries[-1] if entries else ""  # relative where it is below the top, as the repository's own may be
    own = not last or Path(last) == common_dir / "config" or last.endswith(".git/config")
    return "" if own else last
