"""What the board says of workflows: stages that wait for a retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import few, finding
from gitcoord.domain.task import record as tasks
from gitcoord.domain.workflow import record
from gitcoord.errors.remedy import Remedy, step
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

MOST = 20
"""Workflows that are looked at, the eldest."""


def attention(_: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """Open workflows with stages that failed or were cancelled: nothing behind them begins."""
    for flow in record.standing(state)[:MOST]:
        known = ((stage, tasks.read(state, stage.task)) for stage in flow.stages)
        over = [stage.name for stage, task in known if task is not None and task.status in ("failed", "cancelled")]
        if over:
            text = f"workflow {printable(flow.title)} stands still: {few(over)} did not succeed"
            hint = Remedy("{}", step("workflow retry", over[0], "--of", flow.id[:8]))
            yield finding("workflow", text, hint, mine=me is not None and me.id == flow.by, sessions=[flow.by])
