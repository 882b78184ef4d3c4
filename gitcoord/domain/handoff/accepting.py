"""Accept an offer, or decline it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout, reaction
from gitcoord.domain.claim import clearing
from gitcoord.domain.claim import record as claim
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.handoff import facts, handed, record, recording, view
from gitcoord.domain.handoff.happened import Answered, TakenBack
from gitcoord.domain.handoff.view import Handoff, Taken
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record as tasks
from gitcoord.ledger.event import Draft
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.claim.clearing import Clearing
    from gitcoord.domain.handoff.record import Offer
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope


@dataclass(frozen=True, slots=True)
class Accept:
    """Accept an offer: its tasks and claims become this session's, all of them or none.

    Says what one needs to go on, and brings the uncommitted work into this worktree; no changed file is overwritten.
    """

    id: Annotated[str, Argument("ID", "The offer, or how its id begins.")]


@dataclass(frozen=True, slots=True)
class Decline:
    """Decline an offer, or take back one that this session made."""

    id: Annotated[str, Argument("ID", "The offer, or how its id begins.")]
    why: Annotated[str, option("-m", "--message", metavar="WHY", help="Why.")] = ""


def accept(call: Call, request: Accept) -> Taken:
    """Accept an offer. Raises `Refused` and its kinds; nothing has changed hands then."""
    workspace, me = call.workspace, call.me()
    offer = workspace.surely(lambda state: recording.find(state, request.id))
    where = {"branch": offer.branch, "worktree": offer.worktree, "head": offer.head}
    work = facts.gather(call, call.state, offer.giver, **where)
    kept = handed.fetch(call, offer)

    cleared: list[Clearing] = []

    def make(state: State) -> list[Draft]:
        nonlocal cleared
        who = printable(session.called(state, offer.giver))
        accepted = Draft("handoff-accept", f"accept work from {who}", {"offer": offer.id, **place(workspace)})
        cleared = _cleared(workspace, state, me, offer)
        return clearing.around(cleared, accepted)

    done = recording.record_all(workspace, me, make)
    took_over = clearing.tell(workspace, me.id, cleared, done)
    reaction.follow(workspace, "handoff-accept", Answered(me.id, offer))
    call.hurry()
    work = facts.bring(call, work, kept)
    if offer.snapshot and not work.snapshot:
        call.warnings.append(f"the uncommitted work (snapshot {offer.snapshot[:12]}) did not come along")
    outcome = next(one for one in done.outcomes if one.event.kind == "handoff-accept")
    return Taken(
        me.id,
        offer.giver,
        offer.id,
        "",
        offer.context,
        view.pieces(done.state, offer.tasks),
        view.scopes_of(workspace, (scope for one in offer.claims for scope in one.scopes)),
        outcome.number if outcome.confirmed else None,
        outcome.confirmed,
        work,
        took_over,
    )


def _cleared(workspace: Workspace, state: State, me: Session, offer: Offer) -> list[Clearing]:
    """Return what takes claims of gone sessions, and those whose deadline is over, out of the way of an offer.

    Those of its giver that it names are not in the way: they move.
    """
    wanted: dict[bool, list[Scope]] = {False: [], True: []}
    moving = {one.claim for one in offer.claims}
    for one in offer.claims:
        wanted[one.shared] += one.scopes
    for task in (tasks.read(state, name) for name in offer.tasks):
        if task is not None and task.holder:
            bound = claim.read(state, task.holder, task.grant)
            moving.add(task.grant)
            wanted[False] += bound.scopes if bound is not None else ()
        elif task is not None:
            wanted[False] += task.scopes
    spared = [(name, offer.giver) for name in moving]
    why = f"for offer {offer.id[: view.SHORT]}"
    needs = [clearing.Need(tuple(scopes), why, shared, spared) for shared, scopes in wanted.items()]
    found = (clearing.clearing(workspace, state, me.id, need) for need in needs)
    return [one for one in found if one is not None]


def place(workspace: Workspace) -> dict[str, str]:
    """Return where the session stands that takes something over, as payloads say it."""
    if not workspace.place.top:
        return {"branch": "", "head": ""}
    return {"branch": checkout.branch(workspace), "head": checkout.head(workspace)}


def decline(call: Call, request: Decline) -> Handoff:
    """Decline an offer, or take one back. Raises `Refused` and its kinds."""
    workspace, me = call.workspace, call.me()
    offer = workspace.surely(lambda state: recording.find(state, request.id))
    draft = Draft("handoff-decline", f"decline offer {offer.id[: view.SHORT]}", {"offer": offer.id}, request.why)
    done = recording.record_one(workspace, me, lambda _: draft)
    ended = record.read(done.state, offer.id) or offer
    if ended.status == "declined":
        reaction.follow(workspace, "handoff-decline", Answered(me.id, offer, request.why))
    elif offer.to and (target := session.read(done.state, offer.to)) is not None:
        reaction.follow(workspace, "handoff-decline", TakenBack(me.id, offer, target, request.why))
    call.hurry()
    return view.shown(workspace, done.state, ended)


def _declined(call: Call, answer: Handoff) -> Iterator[str]:
    yield view.one_line(answer, call.now)


COMMANDS = (
    Command("handoff accept", Accept, accept, view.taken),
    Command("handoff decline", Decline, decline, _declined),
)
