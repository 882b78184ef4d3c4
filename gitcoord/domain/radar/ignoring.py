"""Paths of which the radar never speaks: `rules radar ignore GLOB`, for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.rules import record as rules
from gitcoord.policy.glob import Glob

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.ledger.state import State


def rule(state: State) -> Callable[[str], bool]:
    """Return what says of a path whether it is ignored."""
    globs = [Glob(text.encode("utf-8", "surrogateescape")) for text in rules.read(state).radar]

    def ignored(path: str) -> bool:
        return any(glob.matches(path.encode("utf-8", "surrogateescape")) for glob in globs)

    return ignored
