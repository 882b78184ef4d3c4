"""What each operation of a handoff does to the state. Pure.

What changes hands does so in one operation, all of it or nothing: a claim keeps its id and its deadline, a task its
attempt and its time, and both get the number of the operation as their token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import fields
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim.apply import free, held, holds
from gitcoord.domain.halt import record as halt
from gitcoord.domain.handoff import record
from gitcoord.domain.handoff.record import Offer, Offered
from gitcoord.domain.notice import record as notice
from gitcoord.domain.release_point import record as release_point
from gitcoord.domain.role import record as role
from gitcoord.domain.session import record as session
from gitcoord.domain.session.apply import finish
from gitcoord.domain.task import record as tasks
from gitcoord.domain.task.apply import choice, life
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId, SessionId

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

EVIDENCE = ("lease", "process", "ahead", "own")
"""Why a session's work may be adopted; `own`: it is another session of the same user in the same clone."""


def apply_offer(state: State, operation: Operation) -> Verdict:
    """Let an offer stand. Its giver must hold all of it; somebody else may offer for it within its clone."""
    wanted, here = record.wanted_in(operation.data), release_point.place_in(operation.data)
    worktree, me = fields.text(operation.data, "worktree", ""), session.acting(state, operation.session)
    if not EventId.fits(operation.event.id) or record.read(state, operation.event.id) is not None:
        raise Malformed("the id belongs to an offer, or is none")
    if len(operation.event.body.encode("utf-8", "surrogateescape")) > limits.BODY_BYTES:
        raise Malformed("the context is too long")
    giver = session.read(state, wanted.giver)
    if giver is None:
        return Verdict("not_found", {"session": wanted.giver})
    if giver.id != me.id and giver.clone != me.clone:
        return Verdict("forbidden", {"session": giver.id})
    if wanted.to and (wanted.to == giver.id or session.read(state, wanted.to) is None):
        return Verdict("not_found", {"session": wanted.to})
    if wanted.until <= operation.time:
        return Verdict("late")
    claims = []
    for name, scopes in wanted.claims:
        known = claim.read(state, giver.id, name)
        if known is None or not all(scope in known.scopes for scope in scopes):
            return Verdict("not_mine", {"claim": name})
        claims.append(Offered(name, scopes, known.shared, known.why))
    for name in wanted.tasks:
        task = tasks.read(state, name)
        if task is None or task.holder != giver.id:
            return Verdict("not_mine", {"task": name})
    if len(record.open_ids(state)) >= record.MOST_OPEN:
        return Verdict("quota")
    _expire(state, operation)
    record.put(
        state,
        Offer(
            id=operation.event.id,
            giver=giver.id,
            by=me.id,
            to=wanted.to,
            to_name=wanted.to_name,
            made=operation.time,
            until=wanted.until,
            reason=wanted.reason,
            context=operation.event.body,
            tasks=wanted.tasks,
            claims=tuple(claims),
            number=operation.number,
            snapshot=wanted.snapshot,
            branch=here.branch,
            worktree=worktree,
            head=here.head,
        ),
    )
    return Verdict()


def apply_accept(state: State, operation: Operation) -> Verdict:
    """Move all that an offer names to the session, or nothing. What a giver that is over held has to be free."""
    name, here, me = (
        record.offer_in(operation.data),
        release_point.place_in(operation.data),
        session.acting(state, operation.session),
    )
    offer, refused = _open(state, operation, name)
    if offer is None:
        return refused
    if not is_for(state, offer, me):
        return Verdict("forbidden", {"offer": name})
    giver, moved = session.read(state, offer.giver), []
    for item in offer.claims:
        known = claim.read(state, offer.giver, item.claim)
        if giver is not None and (known is None or not all(scope in known.scopes for scope in item.scopes)):
            return Verdict("not_mine", {"claim": item.claim, "session": giver.id})
        moved.append(_Moved(known, item))
    verdict, given = _movable(state, operation, me, giver, moved, offer.tasks)
    if not verdict.accepted:
        return verdict
    _move(state, operation, me, moved, given, here)
    record.close(state, operation, offer, "accepted", me.id)
    _expire(state, operation)
    _tell(state, operation, offer.giver, "accepted", moved, given)
    return Verdict(detail={"claims": len(moved), "tasks": len(given)})


def is_for(state: State, offer: Offer, me: Session) -> bool:
    """Whether a session may accept an offer; one for a session that is over is for its namesake."""
    if me.id == offer.giver:
        return False
    if not offer.to or offer.to == me.id:
        return True
    return bool(me.name) and me.name == offer.to_name and session.read(state, offer.to) is None


def _open(state: State, operation: Operation, name: str) -> tuple[Offer | None, Verdict]:
    """The offer of this id where it stands; None with the reason where it does not."""
    offer = record.read(state, name)
    if offer is None:
        return None, Verdict("not_found", {"offer": name})
    if offer.status != "open":
        return None, Verdict("ended", {"offer": name, "status": offer.status, "by": offer.taker})
    if offer.until < operation.time:
        return None, Verdict("late", {"offer": name})
    return offer, Verdict()


def apply_decline(state: State, operation: Operation) -> Verdict:
    """End an offer: its target declines it, its giver or whoever made it takes it back. Nothing had changed hands."""
    name, me = record.offer_in(operation.data), session.acting(state, operation.session)
    offer, refused = _open(state, operation, name)
    if offer is None:
        return refused
    if me.id in (offer.giver, offer.by):
        record.close(state, operation, offer, "withdrawn")
    elif is_for(state, offer, me) and offer.to:
        record.close(state, operation, offer, "declined", me.id)
    else:  # what is for whoever comes is not for one of them to end
        return Verdict("forbidden", {"offer": name})
    return Verdict()


def apply_adopt(state: State, operation: Operation) -> Verdict:
    """Move the claims and tasks of another session to this one, on the evidence that it is gone, or its user's.

    A session that is gone has ended then; what is not named of its work is free. Offers of it end.
    """
    data, here, me = operation.data, release_point.place_in(operation.data), session.acting(state, operation.session)
    name, evidence, tip = (
        SessionId(fields.text(data, "session")),
        fields.text(data, "evidence"),
        fields.text(data, "tip", ""),
    )
    named, wanted = record.claims_in(data), record.tasks_in(data)
    if evidence not in EVIDENCE or name == me.id:
        raise Malformed("an adoption says whose work it takes, and why")
    victim = session.read(state, name)
    if victim is None:
        return Verdict("not_found", {"session": name})
    own = evidence == "own" and victim.clone == me.clone and (victim.user == me.user or me.id in victim.ancestors)
    if not own and not holds(state, operation, me, victim, None, evidence, tip):
        return Verdict("not_gone", {"session": name})
    moved = []
    for item, scopes in named:
        known = claim.read(state, victim.id, item)
        if known is None or not all(scope in known.scopes for scope in scopes):
            return Verdict("not_mine", {"claim": item, "session": victim.id})
        moved.append(_Moved(known, Offered(item, scopes, known.shared, known.why)))
    verdict, given = _movable(state, operation, me, victim, moved, wanted)
    if not verdict.accepted:
        return verdict
    _move(state, operation, me, moved, given, here)
    for offer in record.standing(state):
        if offer.giver == victim.id:
            record.close(state, operation, offer, "withdrawn", me.id)
    if own:
        _tell(state, operation, victim.id, "adopted", moved, given)
    else:
        free(state, operation, victim.id, release_point.UNKNOWN)
        finish(state, victim.id, "retired", operation)
    return Verdict(detail={"claims": len(moved), "tasks": len(given)})


@dataclass(frozen=True, slots=True)
class _Moved:
    """A claim that changes hands: as its holder has it, None where that is over, and what of it moves."""

    known: Claim | None
    item: Offered


def _movable(
    state: State,
    operation: Operation,
    me: Session,
    giver: Session | None,
    moved: list[_Moved],
    wanted: Iterable[str],
) -> tuple[Verdict, list[Task]]:
    """Whether a session may have all of this: as if it claimed it anew, and took the tasks. Returns the tasks."""
    found = []
    for name in wanted:
        task = tasks.read(state, name)
        refused = _not_for(state, me, giver, name, task)
        if refused is not None:
            return refused, []
        if task is not None:
            found.append(task)
    bound = [_bound(state, task) for task in found if giver is not None and task.scopes]
    parts = [*moved, *(_Moved(known, _all_of(known)) for known in bound if known is not None)]
    for one in parts:
        before = claim.read(state, me.id, one.item.claim)
        if before is not None and before.shared != one.item.shared:
            raise Malformed("the id belongs to another claim of the session")
    fresh = [task for task in found if not task.holder]
    if any(claim.read(state, me.id, _renamed(operation, task).event.id) is not None for task in fresh):
        raise Malformed("the id belongs to a live claim")
    scopes = [(scope, one.item.shared) for one in parts for scope in one.item.scopes]
    scopes += [(scope, False) for task in fresh for scope in task.scopes]
    wanted_scopes = [scope for scope, _ in scopes]
    refused = halt.refusal(state, operation, wanted_scopes) or role.claim_refusal(state, me.id, wanted_scopes)
    return refused or _in_the_way(state, me, giver, parts, scopes), found


def _not_for(state: State, me: Session, giver: Session | None, name: str, task: Task | None) -> Verdict | None:
    """Why a session may not be given a task; None where it may. Its address does not count: its holder gives it."""
    if task is None or not task.is_open:
        return Verdict("ended", {"task": name, "status": task.status if task is not None else ""})
    if task.holder != (giver.id if giver is not None else ""):
        return Verdict("held", {"task": name, "session": task.holder})
    barred = {"but": list(task.barred), "makers": list(task.makers)}
    wanted = {"needs": list(task.needs), **barred, "type": task.type, "given": True}
    unfit = choice.refusal(state, wanted, me)
    if unfit:
        return Verdict("forbidden", {"task": name, **unfit})
    return None if task.holder or not (task.left or task.children) else Verdict("pending", {"task": name})


def _bound(state: State, task: Task) -> Claim | None:
    """The claim that came with a task, as far as its holder still has it."""
    return claim.read(state, task.holder, task.grant)


def _all_of(known: Claim) -> Offered:
    return Offered(known.id, known.scopes, known.shared, known.why)


def _in_the_way(
    state: State, me: Session, giver: Session | None, parts: list[_Moved], scopes: list[tuple[Scope, bool]]
) -> Verdict:
    """Refuse where somebody else, or the giver by what it keeps, holds what overlaps these scopes."""
    going: dict[str, set[Scope]] = {}
    for one in parts:
        going.setdefault(one.item.claim, set()).update(one.item.scopes)
    ending = {(name, giver.id) for name in going} if giver is not None else set()
    for scope, shared in scopes:
        obstacles = claim.in_the_way(state, me.id, [scope], shared=shared, except_for=ending)
        if obstacles:
            return held(obstacles)
        for known in (one.known for one in parts):
            if known is None or giver is None or me.related(giver.id) or giver.related(me.id):
                continue
            kept = tuple(other for other in known.scopes if other not in going[known.id])
            if claim.conflicting(replace(known, scopes=kept), [scope], shared=shared):
                return Verdict("held", {"by": [[known.id, giver.id]]})
    return Verdict()


def _renamed(operation: Operation, task: Task) -> Operation:
    """Return the operation under an id of its own for each task: the claim that comes with a task bears it."""
    number = (int(operation.event.id, 16) + int(task.id, 16)) % (1 << 128)
    return replace(operation, event=replace(operation.event, id=EventId(f"{number:0{EventId.DIGITS}x}")))


def _move(
    state: State,
    operation: Operation,
    me: Session,
    moved: list[_Moved],
    given: list[Task],
    here: release_point.Place,
) -> None:
    """Give claims and tasks to a session."""
    for one in moved:
        if one.known is not None:
            claim.without(state, one.known, one.item.scopes)
        until = one.known.until if one.known is not None else None
        _put_claim(state, operation, me.id, one.item, until, here)
    for task in given:
        if not task.holder:
            taken = life.give(state, _renamed(operation, task), task, here.branch, here.head)
            tasks.put(state, replace(taken, token=operation.number), taken)
            continue
        bound = _bound(state, task) if task.scopes else None
        if bound is not None:
            claim.drop(state, bound)
            _put_claim(state, operation, me.id, _all_of(bound), bound.until, here)
        left = tasks.over(task, "handed-over", operation.session, operation.time)
        kept = replace(
            task, holder=me.id, token=operation.number, given=operation.time, updated=operation.time, past=left.past
        )
        tasks.put(state, kept, task)


def _put_claim(
    state: State, operation: Operation, holder: SessionId, item: Offered, until: int | None, here: release_point.Place
) -> None:
    """Write a claim for its new holder, together with what that has of it already."""
    before = claim.read(state, holder, item.claim)
    scopes = tuple(dict.fromkeys((*(before.scopes if before is not None else ()), *item.scopes)))
    if before is not None:
        claim.drop(state, before)
        until = min((one for one in (before.until, until) if one is not None), default=None)
    claim.put(
        state,
        claim.Claim(
            id=item.claim,
            session=holder,
            scopes=scopes,
            shared=item.shared,
            token=operation.number,
            since=operation.time,
            until=until,
            why=item.why,
            branch=here.branch,
            head=here.head,
        ),
    )


def _expire(state: State, operation: Operation) -> None:
    """End the offers whose time is over, and tell those whose work it still is."""
    for offer in record.expire(state, operation):
        scopes = [scope.to_json() for one in offer.claims for scope in one.scopes]
        notice.leave(state, offer.giver, operation, "handoff", how="expired", claims=[], scopes=scopes, tasks=[])


def _tell(
    state: State, operation: Operation, giver: SessionId, how: str, moved: list[_Moved], given: list[Task]
) -> None:
    """Tell the session whose work it was, where it lives."""
    scopes = [scope.to_json() for one in moved for scope in one.item.scopes]
    claims = [one.item.claim for one in moved]
    titles = [task.title for task in given][: notice.MOST]
    notice.leave(state, giver, operation, "handoff", how=how, claims=claims, scopes=scopes, tasks=titles)
