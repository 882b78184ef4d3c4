"""What an export does to the state. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.export import record
from gitcoord.domain.export.record import Export
from gitcoord.domain.notice import record as notice
from gitcoord.domain.release_point import record as release_point
from gitcoord.domain.session import record as session
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId

if TYPE_CHECKING:
    from gitcoord.ledger.state import State


def apply_export(state: State, operation: Operation) -> Verdict:
    """Offer an interface, or withdraw one. The one that had the name until now is superseded; its author is told."""
    wanted, here = record.wanted_in(operation.data), release_point.place_in(operation.data)
    what, id_ = record.reason_in(operation.event.body), operation.event.id
    before = record.read(state, wanted.name)
    if not EventId.fits(id_) or record.is_known(state, id_) or (before is not None and before.id == id_):
        raise Malformed("the id belongs to an interface, or is none")
    if wanted.scope is not None and not what:
        raise Malformed("an interface says what it is for")
    if before is None and wanted.scope is None:
        return Verdict("not_found", {"export": wanted.name})
    if before is None and record.count(state) >= limits.EXPORTS:
        return Verdict("quota")
    if before is not None:
        record.retire(state, before, operation)
        if before.by != operation.session:
            how = "withdrawn" if wanted.scope is None else "superseded"
            notice.leave(state, before.by, operation, "export", export=before.name, how=how)
    if wanted.scope is not None:
        by = session.read(state, operation.session)
        called = by.name if by is not None else operation.session
        made = (id_, operation.number, wanted.name, wanted.scope, what, operation.session, called, operation.time)
        record.put(state, Export(*made, branch=here.branch, head=here.head))
    return Verdict(detail={"superseded": before.id}) if before is not None else Verdict()
