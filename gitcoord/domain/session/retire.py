"""End crashed sessions, on the evidence that they are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.claim import holding
from gitcoord.domain.session import ahead, beat, identity
from gitcoord.domain.session import record as session
from gitcoord.domain.session.end import forget
from gitcoord.errors.refusal import NotRecorded
from gitcoord.errors.session import EndsItself, MayLive
from gitcoord.ledger.event import Draft
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.errors import Refused
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Retired:
    """The sessions that were ended; not `confirmed`, they live on for other clones until it is."""

    retired: list[str]
    confirmed: bool


def over(workspace: Workspace, item: Session) -> bool:
    """Whether a session may be ended by somebody else."""
    gone = workspace.gone(item)
    return bool(gone) and workspace.may_take(item, ahead.ends(workspace, item) if gone == "ahead" else item.held_until)


def _named(workspace: Workspace, victim: Session) -> dict[str, str]:
    """Return a session and the evidence that it is gone, as the operation names them."""
    named = {"id": victim.id, "evidence": workspace.gone(victim)}
    return {**named, "tip": victim.tip} if named["evidence"] == "ahead" else named


def _reason(victim: Session, kept: holding.Kept) -> str:
    """Return when a session can be ended by others, or why it cannot."""
    until = Moment(victim.held_until).clock()
    if kept.why == "clone" and kept.takeover_from is not None:
        when = kept.takeover_from.clock(seconds=True)
        return f"retire it in its own clone, on {printable(victim.host)}, or here after {when}"
    if kept.why == "ahead" and kept.takeover_from is not None:
        after = kept.takeover_from.clock(seconds=True)
        return f"its clock is or was ahead; without a sign of it until then, try again after {after}"
    if kept.takeover_from is not None:
        return f"its lease ended at {until}; try again after {kept.takeover_from.clock(seconds=True)}"
    if kept.why == "process":
        return f"its lease ended at {until}, but its agent's process still runs: end that process first"
    return f"its lease runs until {until}"


def may_live(workspace: Workspace, victim: Session) -> Refused:
    """Return the refusal to end a session that may be alive as far as this clone can know."""
    known = holding.status(workspace, victim, beat.of(workspace, victim.id))
    kept = holding.kept(workspace, victim, known=known)
    said = f"it is {known}"
    if kept.why == "clone":
        said = "only its own clone says that it is gone"
    elif known == "gone":
        said = "its lease has run out, and it may still come back"
    return MayLive(f"{printable(victim.name)} ({victim.id})", said, _reason(victim, kept))


def retire(workspace: Workspace, me: Session, texts: tuple[str, ...], *, every_gone: bool) -> Retired:
    """End these sessions (ids or names), or every one that is gone. Raises `Refused` where one may live."""
    victims: list[Session] = []

    def decide(state: State) -> list[Draft]:
        victims.clear()
        victims.extend(
            [item for item in session.every(state) if item.id != me.id and over(workspace, item)]
            if every_gone
            else [identity.named(workspace, state, text) for text in texts]
        )
        for victim in victims:
            if victim.id == me.id:
                raise EndsItself()
            if not over(workspace, victim):
                raise may_live(workspace, victim)
        named = [_named(workspace, victim) for victim in victims]
        who = ", ".join(victim.name for victim in victims)
        return [Draft("retire", f"retire {printable(who)}", {"sessions": named})] if named else []

    done = workspace.transact(me.id, decide)
    for outcome in done.outcomes:
        if outcome.verdict is not None and not outcome.verdict.accepted:
            raise NotRecorded("no session was retired", outcome.verdict.reason)
    if victims:
        forget(workspace, [victim.id for victim in victims])
    return Retired([victim.id for victim in victims], done.confirmed)
