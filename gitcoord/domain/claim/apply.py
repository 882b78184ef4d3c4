"""What it takes to have, keep and give a claim, and to take over what a gone session or a passed deadline left behind.

Taking over is rule 20 of docs/protocol.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import fields
from gitcoord.domain.claim.record import (
    Claim,
    Standing,
    Wanted,
    conflicting,
    drop,
    in_the_way,
    of,
    parts_in,
    put,
    read,
    wanted_in,
    without,
)
from gitcoord.domain.halt import record as halt
from gitcoord.domain.notice import record as notice
from gitcoord.domain.release_point import record as release_point
from gitcoord.domain.role import record as role
from gitcoord.domain.session import record as session
from gitcoord.domain.session.apply import finish, move
from gitcoord.errors import Malformed
from gitcoord.ledger import position
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import lease
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

SHOWN = 5
"""Of the claims in the way, so many are named."""

EVIDENCE = ("lease", "deadline", "process", "ahead", "override")


def apply_claim(state: State, operation: Operation) -> Verdict:
    """All scopes or none; refused during a halt, by the role, and while another session's claim is in the way."""
    wanted, me = wanted_in(state, operation), operation.session
    refused = halt.refusal(state, operation, wanted.scopes) or role.claim_refusal(state, me, wanted.scopes)
    if refused is not None:
        return refused
    obstacles = in_the_way(state, me, wanted.scopes, shared=wanted.shared)
    if obstacles:
        return held(obstacles)
    grant(state, operation, wanted)
    return Verdict()


def held(obstacles: list[tuple[Scope, Standing]]) -> Verdict:
    """Refused: the first few that are in the way are named."""
    by = dict.fromkeys((standing.claim, standing.session) for _, standing in obstacles)
    return Verdict("held", {"by": [list(pair) for pair in by][:SHOWN]})


def grant(state: State, operation: Operation, wanted: Wanted) -> None:
    """Write the claim that an operation makes, and end the own ones that it replaces."""
    for claim, scopes in wanted.ends:
        mine = read(state, operation.session, claim)
        if mine is not None:
            without(state, mine, scopes)
    put(
        state,
        Claim(
            id=operation.event.id,
            session=operation.session,
            scopes=wanted.scopes,
            shared=wanted.shared,
            token=operation.number,
            since=operation.time,
            until=wanted.until,
            why=operation.event.body[: fields.LONGEST],
            branch=wanted.branch,
            head=wanted.head,
        ),
    )


def lost(state: State, operation: Operation, parts: Iterable[tuple[str, tuple[Scope, ...]]]) -> Verdict | None:
    """Why the session no longer holds anything of one of these claims; None where it holds something of each.

    Of a claim that it holds, only scopes that were taken over count as lost, and only where they are all that is named.
    """
    for claim, scopes in parts:
        mine = read(state, operation.session, claim)
        if mine is not None and (not scopes or any(scope in mine.scopes for scope in scopes)):
            continue
        taken = notice.about(state, operation.session, claim, () if mine is None else scopes)
        if taken is not None:
            return Verdict("taken", {"claim": claim, "by": taken["by"], "time": taken["time"]})
        if mine is None:
            return Verdict("not_mine", {"claim": claim})
    return None


def apply_release(state: State, operation: Operation) -> Verdict:
    """Give up claims, or some scopes of them; refused as a whole where nothing of one is held.

    What was taken over of a claim does not keep the rest from being given up: nobody holds what they released.
    """
    parts = parts_in(operation.data, "claims")
    refused = lost(state, operation, parts)
    if refused is not None:
        return refused
    here = release_point.place_in(operation.data)
    for claim, scopes in parts:
        mine = read(state, operation.session, claim)
        if mine is not None:
            release_point.record(state, operation, (scope for scope in scopes if scope in mine.scopes), mine.head, here)
            without(state, mine, scopes)
    return Verdict()


def apply_renew(state: State, operation: Operation) -> Verdict:
    """Renew the lease (as any operation does) and give the claims named a new deadline."""
    deadlines = [
        (fields.text(item, "id"), fields.optional_number(item, "until"))
        for item in fields.records(operation.data, "claims")
    ]
    refused = lost(state, operation, ((claim, ()) for claim, _ in deadlines)) or move(state, operation)
    if refused is not None:
        return refused
    for claim, until in deadlines:
        mine = read(state, operation.session, claim)
        if mine is not None:
            put(state, replace(mine, until=until))
    return Verdict()


def apply_end(state: State, operation: Operation) -> Verdict:
    """End the session: everything it holds is free."""
    free(state, operation, operation.session, release_point.place_in(operation.data))
    finish(state, operation.session, "ended", operation)
    return Verdict()


def free(state: State, operation: Operation, holder: SessionId, here: release_point.Place) -> None:
    """Take out every claim of a session, and offer its tasks again. `here` is where it stood last."""
    for item in of(state, holder):
        release_point.record(state, operation, item.scopes, item.head, here)
        drop(state, item)
    if state.has(f"{position.live_directory(holder)}/tasks"):
        from gitcoord.domain.task.apply import life  # few sessions hold a task: only those load it

        life.give_back(state, operation, holder, "ended" if holder == operation.session else "retired")


@dataclass(frozen=True, slots=True)
class Taking:
    """A claim to be taken, and why that is right. `tip` is the last event seen of a holder that is ahead."""

    claim: str
    session: SessionId
    evidence: str
    tip: str


def _is_ahead(state: State, operation: Operation, victim: Session, tip: str) -> bool:
    """Whether a session's times are ahead of everybody's, and `tip` is the last event merged of it.

    Where those of another clone are ahead of the taker, too, its clock may be behind. That the taker watched the
    session for a lease is its own word.
    """
    if tip != victim.tip or not lease.ahead(victim.last, operation.time, lease.SKEW):
        return False
    others = (other for other in session.every(state) if other.clone != victim.clone)
    return not any(lease.ahead(other.last, operation.time, lease.SKEW) for other in others)


def holds(
    state: State, operation: Operation, taker: Session, victim: Session, item: Claim | None, evidence: str, tip: str
) -> bool:
    """Whether the evidence is true, as far as the ledger can tell. Within one clone there is no skew."""
    skew = 0 if taker.clone == victim.clone else lease.SKEW
    if evidence == "lease":
        return lease.run_out(victim.last, victim.lease, operation.time, skew)
    if evidence == "deadline":
        return item is not None and lease.passed(item.until, operation.time, skew)
    if evidence == "process":
        return taker.clone == victim.clone
    if evidence == "ahead":
        return _is_ahead(state, operation, victim, tip)
    return evidence == "override"


def apply_take(state: State, operation: Operation) -> Verdict:
    """Claim, and end what overlaps it of the claims named; accepted only on evidence.

    What does not overlap stays with its holder, under its token. A claim that has gone meanwhile needs no taking. Any
    other that is in the way refuses it, an override too.
    """
    wanted, me = wanted_in(state, operation), operation.session
    refused = halt.refusal(state, operation, wanted.scopes) or role.claim_refusal(state, me, wanted.scopes)
    if refused is not None:
        return refused
    takes = [
        Taking(
            fields.text(item, "id"),
            SessionId(fields.text(item, "session")),
            fields.text(item, "evidence"),
            fields.text(item, "tip", ""),
        )
        for item in fields.records(operation.data, "takes")
    ]
    taker = session.read(state, me)
    if not takes or taker is None:
        raise Malformed("a take names what it takes")
    overrides = any(taking.evidence == "override" for taking in takes)
    unable = role.refusal(state, operation, "override") if overrides else None
    if unable is not None:
        return unable
    victims = []
    for taking in takes:
        if taking.evidence not in EVIDENCE:
            raise Malformed("unknown evidence")
        item, victim = read(state, taking.session, taking.claim), session.read(state, taking.session)
        if item is None or victim is None:
            continue
        if not holds(state, operation, taker, victim, item, taking.evidence, taking.tip):
            return Verdict("not_gone", {"by": [[item.id, item.session]]})
        victims.append((item, taking.evidence))
    ending = {(item.id, item.session) for item, _ in victims}
    obstacles = in_the_way(state, me, wanted.scopes, shared=wanted.shared, except_for=ending)
    if obstacles:
        return held(obstacles)
    for item, evidence in victims:
        taken = conflicting(item, wanted.scopes, shared=wanted.shared)
        if taken:
            without(state, item, taken)
            told = [scope.to_json() for scope in taken]
            notice.leave(state, item.session, operation, "taken", claims=[item.id], scopes=told, evidence=evidence)
    grant(state, operation, wanted)
    return Verdict()


def apply_retire(state: State, operation: Operation) -> Verdict:
    """End crashed sessions on the evidence that they are gone; refused as a whole where one may live."""
    named = [
        (SessionId(fields.text(item, "id")), fields.text(item, "evidence"), fields.text(item, "tip", ""))
        for item in fields.records(operation.data, "sessions")
    ]
    retiring = session.read(state, operation.session)
    if not named or retiring is None:
        raise Malformed("a retire names whom it retires")
    for victim_id, evidence, tip in named:
        victim = session.read(state, victim_id)
        if victim is None or evidence not in ("lease", "process", "ahead"):
            return Verdict("not_found", {"session": victim_id})
        if victim_id == operation.session or not holds(state, operation, retiring, victim, None, evidence, tip):
            return Verdict("not_gone", {"session": victim_id})
    for victim_id, _, _ in named:
        free(state, operation, victim_id, release_point.UNKNOWN)
        finish(state, victim_id, "retired", operation)
    return Verdict()
