"""The landing lines, for the board: who is landing in which branch, and who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.together import shared
from gitcoord.domain.land import line
from gitcoord.domain.wording import few
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.together import Together
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

NAMED = 3
"""Entries behind the first that are named."""


def together(workspace: Workspace, state: State, me: Session | None) -> Iterator[Together]:
    """The line of each branch: who is landing what, or keeps the branch closed, and who is behind, in order."""
    for one in line.every(workspace, state):
        first, *behind = one.entries
        does = "keeps it closed" if first.closed else "is landing"
        what = f": {printable(first.what)}" if first.what else ""
        then = [f"{printable(entry.name)} ({printable(entry.what)})" for entry in behind]
        waits = f"; then {few(then, NAMED)}" if then else ""
        text = f"line for {printable(one.branch)}: {printable(first.name)} {does}{what}{waits}"
        yield shared("land", one.branch, text, [entry.session for entry in one.entries], me)
