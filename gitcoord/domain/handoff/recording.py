"""Record what a session does with handoffs; what would be refused, by what is known here, is not recorded."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gitcoord.domain import trial
from gitcoord.domain.finding import by_id
from gitcoord.domain.handoff import record
from gitcoord.domain.session import identity
from gitcoord.domain.session import record as session
from gitcoord.domain.task import recording as tasks
from gitcoord.errors.handoff import NoLongerHeld, NoTaker, OfferForAnother, OfferLate
from gitcoord.errors.refusal import NoSuch, NotRecorded, Over, ScopesClaimed, TooMany
from gitcoord.errors.remedy import Remedy
from gitcoord.errors.session import MayLive
from gitcoord.policy.ids import SessionId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.handoff.record import Offer
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.errors import CoordError
    from gitcoord.ledger.event import Draft
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State


def record_all(workspace: Workspace, me: Session, make: Callable[[State], list[Draft]]) -> Done:
    """Record the operations that `make` says in view of the state, unless one of them would be refused.

    Raises what `refusal` returns, also where one was refused after it was recorded.
    """
    return trial.record_all(workspace, me.id, make, refusal)


def record_one(workspace: Workspace, me: Session, make: Callable[[State], Draft]) -> Done:
    """Record one operation, as `record_all` does."""
    return record_all(workspace, me, lambda state: [make(state)])


def refusal(state: State, verdict: Verdict) -> CoordError:
    """Return the error that says why an operation of a handoff was refused."""
    detail = verdict.detail
    if "task" in detail or "role" in detail or verdict.reason == "halted":
        return tasks.refusal(state, verdict)
    name = str(detail.get("offer", ""))[:8]
    who = printable(session.called(state, SessionId(detail.get("session", ""))))
    if verdict.reason == "not_found" and "session" in detail:
        return NoTaker(who)
    if verdict.reason == "not_mine":
        return NoLongerHeld(who, name)
    if verdict.reason == "forbidden":
        return OfferForAnother(name)
    return _other(state, verdict, name, who)


def _other(state: State, verdict: Verdict, name: str, who: str) -> CoordError:
    detail = verdict.detail
    if verdict.reason == "not_found":
        return NoSuch("offer", name)
    if verdict.reason == "ended":
        return Over(f"offer {name}", _became(state, detail), _show(name))
    if verdict.reason == "late":
        return OfferLate(name)
    if verdict.reason == "held":
        by = ", ".join(dict.fromkeys(printable(session.called(state, one)) for _, one in detail.get("by", ())))
        return ScopesClaimed("the offer", by)
    if verdict.reason == "not_gone":
        return MayLive(who)
    if verdict.reason == "quota":
        return TooMany(record.MOST_OPEN, "offers stand", example="handoff decline ID")
    return NotRecorded("nothing was recorded", verdict.reason)


def _became(state: State, detail: dict[str, Any]) -> str:
    by = SessionId(detail.get("by", ""))
    return f"{detail.get('status', 'closed')}{f' by {printable(session.called(state, by))}' if by else ''}"


def _show(name: str) -> str:
    return Remedy("see: {}", f"handoff show {name}") if name else ""


def find(state: State, text: str) -> Offer:
    """Return the offer of this id, or whose id begins so; open ones first. Raises `Usage`, `NotFound`."""
    return by_id(text, "offer", partial(record.beginning, state), partial(record.read, state))


def is_users(workspace: Workspace, other: Session) -> bool:
    """Whether a session of this clone was started by the account that asks, and no agent asks.

    An agent acts for no living session but its own, whoever runs it.
    """
    if not workspace.is_ours(other) or identity.asker(workspace).origin.is_agent:
        return False
    entry = workspace.recorded(other.id)
    return entry is not None and entry.uid == workspace.caller.uid
