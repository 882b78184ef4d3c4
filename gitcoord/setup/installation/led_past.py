"""Where a `core.hooksPath` comes from that leads git past our hooks, and what mends it. Asked only where one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors.remedy import Remedy, join
from gitcoord.setup.installation import hooks_path

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.setup.installation.config import Config

KEY = hooks_path.KEY


def why(config: Config, leads_to: Path) -> str:
    """Return the value that leads git to `leads_to`, and what mends it, in one sentence."""
    if in_environment(config):
        return by_environment(str(leads_to))
    values = config.in_force(KEY, path=True)
    of = " of this worktree" if values and values[-1].scope == "worktree" else ""
    return join("", f"{KEY}{of} leads to {leads_to}, past our hooks: ", Remedy("{} mends it", "init"))


def in_environment(config: Config) -> list[str]:
    """Return the value that the environment says (GIT_CONFIG_...); none where it says none, or where it is ours."""
    said = config.from_environment(KEY)[:-1]  # the last is that of our own git, which silences hooks
    return [value for value in said[-1:] if not hooks_path.is_ours(value)]


def by_environment(value: str) -> str:
    """Return what a person has to know of a value of the environment: no file wins over it, `init` cannot mend it."""
    return f"{KEY} leads to {value}, past our hooks, as the environment says (GIT_CONFIG_...): unset it there"
