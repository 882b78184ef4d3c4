"""How far the open workflows are, for the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.together import shared
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record as tasks
from gitcoord.domain.wording import few
from gitcoord.domain.workflow import record
from gitcoord.domain.workflow.attention import MOST
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.together import Together
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

NAMED = 3
"""Stages that somebody works on, which are named."""


def together(_: Workspace, state: State, me: Session | None) -> Iterator[Together]:
    """The open workflows, the eldest first: how many stages are complete, and who works on which."""
    for flow in record.standing(state)[:MOST]:
        held = [
            (stage.name, task.holder)
            for stage in flow.stages
            if (task := tasks.read(state, stage.task)) is not None and task.holder
        ]
        at = [f"{printable(name)} ({printable(session.called(state, holder))})" for name, holder in held]
        said = f"; at {few(at, NAMED)}" if at else "; nobody works on it"
        done = len(flow.stages) - flow.left
        text = f"workflow {flow.id[:8]} {printable(flow.title)}: {done} of {len(flow.stages)} stages complete{said}"
        yield shared("workflow", flow.id, text, [flow.by, *(holder for _, holder in held)], me)
