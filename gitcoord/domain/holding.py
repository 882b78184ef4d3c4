"""Claims as people see them: what is held, by whom, until when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gitcoord.domain import beat, checkout, claim, session
from gitcoord.domain.records import Conflict, Granted, Holding
from gitcoord.policy import lease
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from gitcoord.domain.beat import Beat
    from gitcoord.domain.claim import Claim, Standing
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope


def held_until(item: Claim, holder: Session) -> Moment:
    """The one time that counts: the earlier of the claim's deadline and the session's lease."""
    return Moment(holder.held_until if item.until is None else min(item.until, holder.held_until))


def over(workspace: Workspace, item: Claim, holder: Session) -> str:
    """Why a claim may be taken over: 'process', 'lease' or 'deadline'; '' while it holds."""
    gone = workspace.gone(holder)
    if not gone and lease.passed(item.until, workspace.clock.now(), workspace.skew(holder)):
        gone = "deadline"
    return gone if gone and workspace.may_take(holder, held_until(item, holder)) else ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Why what a session held still holds although its time has passed, and when it can be taken over (`Holding`)."""

    why: str = ""
    takeover_from: Moment | None = None


def kept(workspace: Workspace, holder: Session, item: Claim | None = None) -> Kept:
    """Return why a claim, or without one the session, cannot be taken over although its time has passed."""
    end = Moment(holder.held_until) if item is None else held_until(item, holder)
    now, skew = workspace.clock.now(), workspace.skew(holder)
    if now <= end:
        return Kept()
    gone = workspace.gone(holder)
    if gone == "process":
        return Kept()
    if now <= end + skew:
        return Kept("skew", Moment(end + skew))
    if not gone and end == holder.held_until:
        return Kept("process")
    if holder.clone == workspace.clone:
        return Kept()
    first = workspace.agreement.patient_from(holder.id, holder.last, end + skew)
    return Kept("grace", Moment(first)) if now < first else Kept()


def status(workspace: Workspace, holder: Session, seen: int = 0) -> str:
    """active, idle or gone. `seen` is a later sign of life than the last operation, 0 where there is none."""
    if workspace.gone(holder):
        return "gone"
    quiet = workspace.clock.now() - max(holder.last, seen)
    return "idle" if quiet > lease.IDLE else "active"


class Signs:
    """What is known of all sessions, read when it is asked for first: beats, and which names are borne by several."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def beats(self) -> Mapping[str, Beat]:
        """The last beat of each session."""
        return beat.every(self._workspace)

    @cached_property
    def twins(self) -> Collection[str]:
        """As `session.twins`, now."""
        return session.twins(self._workspace.ledger.state())


def describe(workspace: Workspace, item: Claim, holder: Session, scope: Scope, signs: Signs) -> Holding:
    """One scope of a claim with all that one wants to know of its holder."""
    known = status(workspace, holder)
    if known == "idle" and (last := signs.beats.get(holder.id)) is not None:
        known = status(workspace, holder, last.time)
    confirmed = workspace.is_confirmed(item)
    return _described(workspace, item, holder, scope, known=known, confirmed=confirmed, twins=signs.twins)


def described(
    workspace: Workspace,
    holder: Session,
    items: Iterable[Claim],
    known: str,
    agreed: State | None,
    twins: Collection[str],
) -> list[Holding]:
    """Every scope of a session's claims, where its status is `known`, and the hub's state and the twins at hand."""
    return [
        _described(workspace, item, holder, scope, known=known, confirmed=is_agreed(agreed, item), twins=twins)
        for item in items
        for scope in item.scopes
    ]


def is_agreed(agreed: State | None, item: Claim) -> bool:
    """Whether a claim is in the hub's state; without a hub (None) every one is agreed."""
    return agreed is None or agreed.has(claim.path_of(item.session, item.id))


def _described(
    workspace: Workspace,
    item: Claim,
    holder: Session,
    scope: Scope,
    *,
    known: str,
    confirmed: bool,
    twins: Collection[str],
) -> Holding:
    why = kept(workspace, holder, item)
    return Holding(
        scope=checkout.shown(workspace, scope),
        kind=scope.kind,
        session=holder.id,
        name=holder.name,
        called=session.label(holder, twins),
        user=holder.user,
        host=holder.host,
        branch=item.branch or holder.branch,
        worktree=holder.worktree,
        work=item.why or holder.work,
        status=known,
        since=Moment(item.since),
        held_until=held_until(item, holder),
        token=item.token if confirmed else None,
        shared=item.shared,
        confirmed=confirmed,
        kept=why.why,
        takeover_from=why.takeover_from,
    )


def granted(workspace: Workspace, item: Claim, holder: Session) -> list[Granted]:
    """The scopes of a claim as its holder is told of them. A provisional claim has no token yet."""
    confirmed, until = workspace.is_confirmed(item), held_until(item, holder)
    token = item.token if confirmed else None
    return [
        Granted(checkout.shown(workspace, scope), scope.kind, holder.id, token, until, confirmed)
        for scope in item.scopes
    ]


def conflicts(workspace: Workspace, state: State, obstacles: Iterable[tuple[Scope, Standing]]) -> list[Conflict]:
    """What is in the way of each scope that was asked for."""
    found = []
    signs = Signs(workspace)
    for wanted, standing in obstacles:
        item = claim.read(state, standing.session, standing.claim)
        holder = session.read(state, standing.session)
        if item is not None and holder is not None:
            held = describe(workspace, item, holder, standing.scope, signs)
            found.append(Conflict(checkout.shown(workspace, wanted), held))
    return found
