"""Whom a halt concerns, and how they are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.domain.claim import record as claim
from gitcoord.domain.halt import record
from gitcoord.policy import halting
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import overlap, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.domain.halt.record import Halt
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.errors import Halted
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope

SHOWN = 300
"""Characters of a reason that are shown where it is not asked for."""


def concerns(state: State, halt: Halt, session: Session) -> bool:
    """Say whether a session has to answer a halt: it is stopped, or it holds something of what is halted."""
    if halting.stops_session(halt.to_json(), (session.id, *session.ancestors)):
        return True
    held = (scope for item in claim.of(state, session.id) for scope in item.scopes) if halt.scopes else ()
    return any(overlap(halted, scope) for scope in held for halted in halt.scopes)


def stops_task(halt: Halt, holder: Session, task: Task) -> bool:
    """Say whether a halt that concerns a session stops a task of it: not one whose scopes it leaves alone."""
    if halting.stops_session(halt.to_json(), (holder.id, *holder.ancestors)) or not task.scopes:
        return True
    return any(overlap(halted, scope) for scope in task.scopes for halted in halt.scopes)


def sentence(halt: Halt) -> str:
    """Say what is halted, by whom, since when and why, in harmless characters."""
    what = "all work is halted"
    if halt.scopes and not halt.sessions:
        what = f"work on {text_of(halt.scopes)} is halted"
    elif not halting.stops_everybody(halt.to_json()):
        what = "some work is halted"
    required = f"; required: {printable(halt.require)[:SHOWN]}" if halt.require else ""
    kind = f"{halt.severity}, {halt.type}"
    at = Moment(halt.since).clock()
    return f"{what} ({kind}) by {printable(halt.name)} since {at}: {printable(halt.reason)[:SHOWN]}{required}"


def word(state: State, ids: Collection[str], now: int, scopes: Iterable[Scope]) -> str:
    """Say which halt stops a session (its id and those of its ancestors) on these scopes; '' where none does."""
    wanted = tuple(scopes) if state.has(halting.PATH) else ()
    halt = next((halt for halt in record.standing(state, now) if halt.stops(ids, wanted)), None)
    return "" if halt is None else sentence(halt)


def refused(halt: Halt) -> Halted:
    """Return the error for work that a halt stops."""
    return errors.halt.HaltStands(sentence(halt))


def check(state: State, session_id: SessionId, now: int, scopes: Iterable[Scope] = ()) -> None:
    """Raise `Halted` where a halt keeps a session from beginning new work, on these scopes or at all."""
    halt = record.stopping(state, session_id, now, scopes)
    if halt is not None:
        raise refused(halt)
