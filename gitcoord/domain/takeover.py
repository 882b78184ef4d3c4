"""Taking over what a gone session, or a passed deadline, left behind (docs/protocol.md, "Takeover")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.domain import claim, fields, landed, notice, session
from gitcoord.ledger.fold import Malformed, Operation, Verdict
from gitcoord.policy import lease

if TYPE_CHECKING:
    from gitcoord.domain.claim import Claim
    from gitcoord.domain.session import Session
    from gitcoord.ledger.state import State

EVIDENCE = ("lease", "deadline", "process", "ahead", "override")


@dataclass(frozen=True, slots=True)
class Taking:
    """A claim to be taken, and why that is right. `tip` is the last event seen of a holder that is ahead."""

    claim: str
    session: str
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


def _holds(
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
    wanted = claim.wanted_in(state, operation)
    takes = [
        Taking(
            fields.text(item, "id"),
            fields.text(item, "session"),
            fields.text(item, "evidence"),
            fields.text(item, "tip", ""),
        )
        for item in fields.records(operation.data, "takes")
    ]
    taker = session.read(state, operation.session)
    if not takes or taker is None:
        raise Malformed("a take names what it takes")
    victims = []
    for taking in takes:
        if taking.evidence not in EVIDENCE:
            raise Malformed("unknown evidence")
        item, victim = claim.read(state, taking.session, taking.claim), session.read(state, taking.session)
        if item is None or victim is None:
            continue
        if not _holds(state, operation, taker, victim, item, taking.evidence, taking.tip):
            return Verdict("not-gone", {"by": [[item.id, item.session]]})
        victims.append((item, taking.evidence))
    ending = {(item.id, item.session) for item, _ in victims}
    obstacles = claim.in_the_way(state, operation.session, wanted.scopes, shared=wanted.shared, except_for=ending)
    if obstacles:
        return claim.held(obstacles)
    for item, evidence in victims:
        taken = claim.conflicting(item, wanted.scopes, shared=wanted.shared)
        if taken:
            claim.without(state, item, taken)
            told = [scope.to_json() for scope in taken]
            notice.leave(state, item.session, operation, "taken", claims=[item.id], scopes=told, evidence=evidence)
    claim.grant(state, operation, wanted)
    return Verdict()


def apply_retire(state: State, operation: Operation) -> Verdict:
    """End crashed sessions on the evidence that they are gone; refused as a whole where one may live."""
    named = [
        (fields.text(item, "id"), fields.text(item, "evidence"), fields.text(item, "tip", ""))
        for item in fields.records(operation.data, "sessions")
    ]
    retiring = session.read(state, operation.session)
    if not named or retiring is None:
        raise Malformed("a retire names whom it retires")
    for victim_id, evidence, tip in named:
        victim = session.read(state, victim_id)
        if victim is None or evidence not in ("lease", "process", "ahead"):
            return Verdict("not_found", {"session": victim_id})
        if victim_id == operation.session or not _holds(state, operation, retiring, victim, None, evidence, tip):
            return Verdict("not-gone", {"session": victim_id})
    for victim_id, _, _ in named:
        claim.free(state, operation, victim_id, landed.UNKNOWN)
        session.finish(state, victim_id, "retired", operation)
    return Verdict()
