"""What a session is told of handoffs as it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.handoff.attention import attention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def greeting(workspace: Workspace, state: State, me: Session) -> Iterator[str]:
    """The offers that it may accept: those made to its name, and those to whoever comes."""
    return (f"{item.text}: {item.hint}" for item in attention(workspace, state, me))
