"""Take up the work of a session that is gone, or of another one of the same user. Nothing is needed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass
from gitcoord.domain import reaction
from gitcoord.domain.claim import record as claim
from gitcoord.domain.command import Argument, Command
from gitcoord.domain.handoff import elsewhere, facts, recording, view
from gitcoord.domain.handoff.accepting import place
from gitcoord.domain.handoff.happened import Adopted
from gitcoord.domain.handoff.record import MOST_ITEMS
from gitcoord.domain.handoff.view import Taken
from gitcoord.domain.session import identity, moving, retire
from gitcoord.domain.session import record as session
from gitcoord.domain.session.end import forget
from gitcoord.domain.snapshot import keeping, shelf
from gitcoord.domain.task import record as tasks
from gitcoord.errors.usage import Oneself
from gitcoord.ledger.event import Draft
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

OWN = "own"


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take up the claims, tasks and uncommitted work of a session that is gone, or of a living one of your own.

    One that is gone has ended then. Nothing is needed from it: what it did is told from facts.
    """

    whom: Annotated[str, Argument("SESSION", "An id or a name.")]


def adopt(call: Call, request: Adopt) -> Taken:
    """Adopt a session. Raises `Refused` where it may live and is not the caller's own; nothing has changed then."""
    workspace, me = call.workspace, call.me()
    victim = workspace.surely(lambda state: _victim(workspace, state, me, request.whom))
    work = facts.gather(call, call.state, victim.id)
    kept = _uncommitted(call, me, victim)
    held: list[Claim] = []
    ids: list[str] = []

    def make(state: State) -> Draft:
        nonlocal held, ids
        held, ids = list(claim.of(state, victim.id)), [task.id for task in tasks.held_by(state, victim.id)]
        now = session.read(state, victim.id) or victim
        data: dict[str, Any] = {"session": victim.id, "evidence": _evidence(workspace, me, now), **place(workspace)}
        data["claims"] = claim.named([(one.id, one.scopes) for one in held[:MOST_ITEMS]])
        data["tasks"] = ids[:MOST_ITEMS]
        data |= {"tip": now.tip} if data["evidence"] == "ahead" else {}
        return Draft("adopt", f"adopt the work of {printable(victim.name)}", data)

    done = recording.record_one(workspace, me, make)
    outcome = done.outcomes[-1]
    evidence = str(outcome.event.data["evidence"])
    if evidence == OWN:
        reaction.follow(workspace, "adopt", Adopted(me.id, victim))
    else:
        forget(workspace, [victim.id])
    call.hurry()
    _say_what_is_left(call, {"claims": len(held), "tasks": len(ids)})
    return Taken(
        me.id,
        victim.id,
        "",
        evidence,
        "",
        view.pieces(done.state, ids[:MOST_ITEMS]),
        view.scopes_of(workspace, [scope for one in held[:MOST_ITEMS] for scope in one.scopes]),
        outcome.number if outcome.confirmed else None,
        outcome.confirmed,
        facts.bring(call, work, kept),
    )


def _say_what_is_left(call: Call, counts: dict[str, int]) -> None:
    for what, count in counts.items():
        if count > MOST_ITEMS:
            more = f"{count - MOST_ITEMS} more {what} were not adopted"
            call.warnings.append(f"{more}: an adoption moves at most {MOST_ITEMS}")


def _victim(workspace: Workspace, state: State, me: Session, text: str) -> Session:
    """The session that is adopted. Raises `Usage`, `NotFound`, `Refused` where it may live."""
    victim = identity.named(workspace, state, text)
    if victim.id == me.id:
        raise Oneself()
    return moving.bring(workspace, victim) if _evidence(workspace, me, victim) == OWN else victim


def _evidence(workspace: Workspace, me: Session, victim: Session) -> str:
    """Why a session's work may be taken; a child's always. Raises `Refused` where it may live and is not its own."""
    if retire.over(workspace, victim):
        return workspace.gone(victim)
    if recording.is_users(workspace, victim) or me.id in victim.ancestors:
        return OWN
    raise retire.may_live(workspace, victim)


def _uncommitted(call: Call, me: Session, victim: Session) -> Kept | None:
    """The uncommitted work of a session: what is in its worktree now, or what it kept last where that is not here.

    Where it worked in the worktree of the call everything is there already.
    """
    workspace = call.workspace
    if not workspace.is_ours(victim):
        return elsewhere.find(call, call.state, me, victim)
    if victim.worktree == workspace.place.top:
        return None
    if keeping.here(workspace, victim.worktree) is None:
        return shelf.newest(workspace, victim.id)
    return keeping.keep(call, me, victim.worktree, f"adopted from {victim.id}").kept


COMMANDS = (Command("adopt", Adopt, adopt, view.taken),)
