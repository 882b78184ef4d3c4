"""End a session: everything it holds is released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout, reaction
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim.release import Given, given_up
from gitcoord.errors.refusal import NotRecorded
from gitcoord.kernel import coordfile, roster
from gitcoord.ledger.event import Draft

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope


@dataclass(frozen=True, slots=True)
class Ended:
    """The session that is over, and what it gave up; not `confirmed`, it lives on for other clones until it is."""

    session: str
    released: list[Given]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Ending:
    """A session that is about to end: the scopes that it gives up, and what it says was done."""

    session: Session
    scopes: tuple[Scope, ...]
    done: str


def end(workspace: Workspace, me: Session, note: str) -> Ended:
    """End the session: its claims are free, its refs go, its history stays in the ledger."""
    given: list[Given] = []

    def decide(state: State) -> list[Draft]:
        items = claim.of(state, me.id)
        given[:] = given_up(workspace, [(item, item.scopes) for item in items])
        payload: dict[str, Any] = {"branch": checkout.branch(workspace), "head": checkout.head(workspace)}
        if items:  # for who goes on with this work: git coord start --resume
            payload["held"] = [
                {"scopes": [scope.to_json() for scope in item.scopes], "why": item.why, "shared": item.shared}
                for item in items
            ]
        scopes = tuple(scope for item in items for scope in item.scopes)
        said = reaction.drafts(workspace, state, "end", Ending(me, scopes, note))
        return [*said, Draft("end", f"end {me.name}", payload, note)]

    done = workspace.transact(me.id, decide)
    for outcome in done.outcomes:
        if outcome.verdict is not None and not outcome.verdict.accepted:
            raise NotRecorded("the session could not be ended", outcome.verdict.reason)
    reaction.follow(workspace, "end", Ending(me, (), note), [outcome.event for outcome in done.outcomes])
    forget(workspace, [me.id])
    return Ended(me.id, given, done.confirmed)


def forget(workspace: Workspace, sessions: list[SessionId]) -> None:
    """Drop what this clone keeps of sessions that are over: their refs and their lines in the roster."""
    workspace.ledger.drop_logs(sessions, workspace.agreement.confirmed())
    for session in sessions:
        for kept in (coordfile.TOLD, coordfile.READING):
            (workspace.place.coord_dir / kept / session).unlink(missing_ok=True)
    with workspace.ledger.store.write_lock():
        entries = roster.read(workspace.here)
        roster.write(workspace.here, [entry for entry in entries if entry.session not in sessions])
