"""What a decision does to the state. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.decision import record
from gitcoord.domain.decision.record import Decision
from gitcoord.domain.export.record import reason_in
from gitcoord.domain.notice import record as notice
from gitcoord.domain.session import record as session
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy.ids import EventId

if TYPE_CHECKING:
    from gitcoord.ledger.state import State


def apply_decide(state: State, operation: Operation) -> Verdict:
    """Let a decision stand. Of two that replace the same one the second is refused: it did not see the first."""
    text, replaced = record.wanted_in(operation.data)
    why, id_ = reason_in(operation.event.body), operation.event.id
    if not why:
        raise Malformed("a decision says why")
    if not EventId.fits(id_) or record.read(state, id_) is not None:
        raise Malformed("the id belongs to a decision, or is none")
    before = record.read(state, replaced) if replaced else None
    if replaced and before is None:
        return Verdict("not_found", {"decision": replaced})
    if before is not None and before.until:
        return Verdict("stale", {"decision": replaced, "after": before.after})
    if before is not None:
        record.supersede(state, before, operation)
        if before.by != operation.session:
            notice.leave(state, before.by, operation, "decision", decision=before.text, now=text)
    by = session.read(state, operation.session)
    called = by.name if by is not None else operation.session
    record.put(state, Decision(id_, operation.number, text, why, operation.session, called, operation.time, replaced))
    return Verdict()
