"""Look at who is there and who holds what; changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import beat
from gitcoord.domain.session import record as session
from gitcoord.policy.ids import NOBODY
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from gitcoord.domain.claim.record import Claim
    from gitcoord.domain.records import Holding
    from gitcoord.domain.session.beat import Beat
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope


@dataclass(frozen=True, slots=True)
class Seen:
    """A session as listings show it. `claims` are the scopes it holds."""

    id: SessionId
    name: str
    role: str
    capabilities: tuple[str, ...]
    status: str
    work: str
    phase: str
    progress: int | None
    last_seen: Moment
    held_until: Moment | None
    user: str
    host: str
    pid: int | None
    terminal: str
    worktree: str
    branch: str
    parent: SessionId
    agent: str
    claims: tuple[str, ...]
    target: str = ""
    next: str = ""
    eta: Moment | None = None
    touched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions that a listing was asked for."""

    sessions: list[Seen]


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims that a listing was asked for."""

    claims: list[Holding]


def sessions(workspace: Workspace, *, ended: bool = False, capability: str = "", status: str = "") -> Sessions:
    """The live sessions, and with `ended` also those that are over; only those that match."""
    state = workspace.ledger.state()
    beats = beat.every(workspace)
    found = [seen(workspace, state, item, beats.get(item.id)) for item in session.every(state)]
    if ended or status == "ended":
        found += _ended(state)
    found = [
        item
        for item in found
        if (not capability or capability in item.capabilities) and (not status or item.status == status)
    ]
    return Sessions(sorted(found, key=lambda item: (item.status == "ended", -item.last_seen, item.id)))


def seen(workspace: Workspace, state: State, item: Session, last: Beat | None) -> Seen:
    """A live session with its last sign of life."""
    return described(workspace, item, last, status(workspace, item, last), claim.of(state, item.id))


def status(workspace: Workspace, item: Session, last: Beat | None) -> str:
    """active, idle or gone, its beat counted as a sign of life."""
    return holding.status(workspace, item, last)


def described(workspace: Workspace, item: Session, last: Beat | None, known: str, held: list[Claim]) -> Seen:
    """A live session whose status is `known`, and what it holds."""
    return Seen(
        id=item.id,
        name=item.name,
        role=item.role,
        capabilities=item.capabilities,
        status=known,
        work=(last.action if last else "") or item.work,
        phase=last.phase if last else "",
        progress=last.progress if last else None,
        last_seen=Moment(max(item.last, last.time if last else 0)),
        held_until=Moment(item.held_until),
        user=item.user,
        host=item.host,
        pid=item.pid or None,
        terminal=item.terminal,
        worktree=item.worktree,
        branch=_branch(workspace, item, held),
        parent=item.ancestors[0] if item.ancestors else NOBODY,
        agent=item.agent,
        claims=tuple(checkout.shown(workspace, scope) for one in held for scope in one.scopes),
        target=last.target if last else "",
        next=last.next if last else "",
        eta=Moment(last.eta) if last and last.eta is not None else None,
        touched=last.touched if last else (),
    )


def _branch(workspace: Workspace, item: Session, held: list[Claim]) -> str:
    """Return the branch that a session is on: what its worktree says now, or else what it said last."""
    entry = workspace.recorded(item.id) if workspace.is_ours(item) else None
    if entry is not None and Path(entry.worktree, "HEAD").exists():
        return checkout.branch(workspace, entry.worktree)
    newest = max(held, key=lambda claim: claim.since, default=None)
    return newest.branch if newest is not None and newest.branch else item.branch


def _ended(state: State) -> list[Seen]:
    return [
        Seen(
            id=name,
            name=name.rpartition("-")[0],
            role="",
            capabilities=(),
            status="ended",
            work=past.get("how", ""),
            phase="",
            progress=None,
            last_seen=Moment(past.get("time", 0)),
            held_until=None,
            user="",
            host="",
            pid=None,
            terminal="",
            worktree="",
            branch="",
            parent=NOBODY,
            agent="",
            claims=(),
        )
        for name, past in session.past(state)
    ]


def claims(workspace: Workspace, scopes: tuple[Scope, ...], holders: tuple[SessionId, ...] = ()) -> Claims:
    """Who holds what: everything, or what overlaps `scopes`, of everybody or of these sessions."""
    state, signs = workspace.ledger.state(), holding.Signs(workspace)
    found: dict[tuple[str, Scope], Holding] = {}
    if scopes:
        for scope in scopes:
            for standing in claim.overlapping(state, scope):
                holder = session.read(state, standing.session)
                item = claim.read(state, standing.session, standing.claim)
                if holder is not None and item is not None and (not holders or holder.id in holders):
                    found[item.id, standing.scope] = holding.describe(workspace, item, holder, standing.scope, signs)
    else:
        for name in holders or session.live_ids(state):
            holder = session.read(state, name)
            if holder is not None:
                for item in claim.of(state, name):
                    for scope in item.scopes:
                        found[item.id, scope] = holding.describe(workspace, item, holder, scope, signs)
    return Claims(sorted(found.values(), key=lambda item: (item.scope, item.since)))
