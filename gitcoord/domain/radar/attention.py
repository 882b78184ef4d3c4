"""What the board says of collisions: those that were found at the last look; to look again costs merges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import called, few, finding
from gitcoord.domain.radar import standing
from gitcoord.domain.session import record as session
from gitcoord.errors.remedy import Remedy
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.radar.standing import Standing
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """The collisions between works of which somebody's session lives."""
    collisions = standing.read(workspace)
    if not collisions:
        return
    living: dict[str, Session] = {item.id: item for item in session.every(state)}
    twins = session.twins(state)
    for one in collisions.values():
        ids = [name for side in one.sessions for name in side if name in living]
        if not ids or any(side and not living.keys() & set(side) for side in one.sessions):
            continue  # a side is over
        first, second = (_named(one, number, living, me, twins) for number in range(2))
        mine = me is not None and me.id in ids
        text = f"{first} conflicts with {second} in {few(one.paths)}"
        hint = Remedy("{} shows whether it still does", "conflicts") if mine else ""
        yield finding("conflict", text, hint, mine=mine, sessions=ids, scopes=one.paths)


def _named(one: Standing, number: int, living: Mapping[str, Session], me: Session | None, twins: frozenset[str]) -> str:
    names = [called(living[name], me, twins) for name in one.sessions[number] if name in living]
    branch = printable(one.branches[number])
    if not names:
        return branch
    return f"your work on {branch}" if "you" in names else f"the work of {' and '.join(names)} on {branch}"
