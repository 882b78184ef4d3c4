"""What a session is told of tasks as it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.task.attention import attention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def greeting(workspace: Workspace, state: State, me: Session) -> Iterator[str]:
    """The requests to its name, its role or what it can do."""
    return (f"{item.text}: {item.hint}" for item in attention(workspace, state, me) if item.what == "asked")
