"""What the operations of a halt do to the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import fields
from gitcoord.domain.halt import record
from gitcoord.domain.halt.record import Answer, Halt
from gitcoord.domain.role import record as role
from gitcoord.domain.session import record as session
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import halting, limits

if TYPE_CHECKING:
    from gitcoord.ledger.state import State


def apply_halt(state: State, operation: Operation) -> Verdict:
    """Let a halt stand, beside those that stand already."""
    wanted, reason = record.wanted_in(operation.data), operation.event.body[: fields.LONGEST].strip()
    before = record.standing(state, operation.time)
    if not reason:
        raise Malformed("a halt says why")
    if wanted.until is not None and wanted.until <= operation.time:
        raise Malformed("the halt is over before it begins")
    if any(halt.id == operation.event.id for halt in before):
        raise Malformed("the id belongs to a halt that stands")
    by = session.read(state, operation.session)
    refused = role.refusal(state, operation, "halt")
    if refused is not None:
        return refused
    halt = Halt(
        id=operation.event.id,
        by=operation.session,
        name=by.name if by is not None else operation.session,
        since=operation.time,
        type=wanted.type,
        severity=wanted.severity,
        reason=reason,
        require=wanted.require,
        until=wanted.until,
        auto=wanted.auto,
        sessions=wanted.sessions,
        scopes=wanted.scopes,
    )
    return Verdict() if record.write(state, [*before, halt]) else Verdict("quota")


def apply_resume(state: State, operation: Operation) -> Verdict:
    """End halts, all that are named or none: never for a session that one of them stops, unless a person runs it.

    That a person does is the word of the clone. Of those named, those that no longer stand are passed over.
    """
    named, person = fields.texts(operation.data, "halts"), fields.flag(operation.data, "person")
    before = record.standing(state, operation.time)
    ending = [halt for halt in before if halt.id in named]
    if not ending:
        return Verdict("not_found")
    ids = record.family(state, operation.session)
    refusing = next((halt for halt in ending if not person and not may_end(halt, ids)), None)
    if refusing is not None:
        return Verdict("halted", {"halt": refusing.id})
    record.write(state, [halt for halt in before if halt not in ending])
    return Verdict()


def may_end(halt: Halt, ids: tuple[str, ...]) -> bool:
    """Say whether a session (its id and those of its ancestors) may end a halt without a person.

    One that is limited to scopes may stop anybody, so only the session that called it ends it.
    """
    if halting.stops_session(halt.to_json(), ids):
        return False
    return not halt.scopes or halt.by in ids


def apply_answer(state: State, operation: Operation) -> Verdict:
    """Keep what a session answered to a halt, the first time that it does."""
    name, did = fields.text(operation.data, "halt"), fields.texts(operation.data, "did")
    if len(did) > limits.DID:
        raise Malformed(f"an answer has at most {limits.DID} sentences")
    if not any(halt.id == name for halt in record.standing(state, operation.time)):
        return Verdict("not_found")
    if not record.has_answered(state, name, operation.session):
        record.put_answer(state, name, Answer(operation.session, operation.time, tuple(did)))
    return Verdict()
