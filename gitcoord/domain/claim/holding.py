"""Claims as people see them: what is held, by whom, until when."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout
from gitcoord.domain.claim import record as claim
from gitcoord.domain.records import Conflict, Granted, Holding
from gitcoord.domain.session import ahead, beat
from gitcoord.domain.session import record as session
from gitcoord.policy import lease
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.domain.claim.record import Claim, Standing
    from gitcoord.domain.session.beat import Beat
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope


def held_until(item: Claim, holder: Session) -> Moment:
    """The one time that counts: the earlier of the claim's deadline and the session's lease."""
    return Moment(holder.held_until if item.until is None else min(item.until, holder.held_until))


def over(workspace: Workspace, item: Claim, holder: Session) -> str:
    """Why a claim may be taken over: 'process', 'lease' or 'deadline'; '' while it holds."""
    why = workspace.liveness.evidence(holder, item.until)
    if why:
        return why if workspace.may_take(holder, held_until(item, holder)) else ""
    gone = workspace.gone(holder)
    return gone if gone and workspace.may_take(holder, ahead.ends(workspace, holder)) else ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Why what a session held still holds although its time has passed, and when it can be taken over (`Holding`)."""

    why: str = ""
    takeover_from: Moment | None = None


def kept(workspace: Workspace, holder: Session, item: Claim | None = None, *, known: str = "") -> Kept:
    """Return why a claim, or without one the session, cannot be taken over although its time has passed.

    `known` is the holder's status. One that is gone before its time died in another clone, and only that clone may act
    on it at once.
    """
    end = Moment(holder.held_until) if item is None else held_until(item, holder)
    now, skew = workspace.clock.now(), workspace.skew(holder)
    if now <= end and workspace.is_watched(holder):
        return _watched(workspace, holder)
    if now <= end and known != "gone":
        return Kept()
    gone = workspace.gone(holder)
    if gone == "process":
        return Kept()
    if now <= end:
        return Kept("clone", Moment(workspace.agreement.grace_ends(holder.id, holder.last, end + skew)))
    if now <= end + skew:
        return Kept("skew", Moment(end + skew))
    if not gone and end == holder.held_until:
        return Kept("process")
    if holder.clone == workspace.clone:
        return Kept()
    first = workspace.agreement.grace_ends(holder.id, holder.last, end + skew)
    return Kept("grace", Moment(first)) if now < first else Kept()


def _watched(workspace: Workspace, holder: Session) -> Kept:
    """Return until when a session whose times are ahead is watched, and waited for after that."""
    now, end = workspace.clock.now(), ahead.ends(workspace, holder) + workspace.skew(holder)
    if holder.clone != workspace.clone:
        end = workspace.agreement.grace_ends(holder.id, holder.last, end)
    return Kept("ahead", Moment(end)) if now <= end else Kept()


def status(workspace: Workspace, holder: Session, last: Beat | None = None) -> str:
    """active, idle or gone, for people to see. `last` is the last sign of life, None where none is known."""
    if workspace.gone(holder) or _died_elsewhere(workspace, holder, last):
        return "gone"
    quiet = workspace.clock.now() - max(holder.last, last.time if last is not None else 0)
    return "idle" if quiet > lease.IDLE else "active"


def _died_elsewhere(workspace: Workspace, holder: Session, last: Beat | None) -> bool:
    """Whether the session's own clone found its process dead, and it did nothing since.

    Anybody who may push can write a beat, so nothing but what is shown may follow from it.
    """
    return last is not None and last.gone and holder.clone != workspace.clone and last.time >= holder.last


class Signs:
    """What is known of sessions, read when it is asked for first: beats, and which names are borne by several."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._beats: dict[str, Beat | None] = {}

    def beat(self, session: SessionId) -> Beat | None:
        """Return the last beat of a session, None where it has none."""
        if session not in self._beats:
            self._beats[session] = beat.of(self._workspace, session)
        return self._beats[session]

    @cached_property
    def twins(self) -> Collection[str]:
        """As `session.twins`, now."""
        return session.twins(self._workspace.ledger.state())


def describe(workspace: Workspace, item: Claim, holder: Session, scope: Scope, signs: Signs) -> Holding:
    """One scope of a claim with all that one wants to know of its holder."""
    known = status(workspace, holder)
    if known == "idle" or (known == "active" and holder.clone != workspace.clone):
        known = status(workspace, holder, signs.beat(holder.id))
    token = workspace.token(item)
    return _described(workspace, item, holder, scope, known=known, token=token, twins=signs.twins)


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
        _described(workspace, item, holder, scope, known=known, token=token, twins=twins)
        for item, token in ((item, claim.agreed_token(agreed, item)) for item in items)
        for scope in item.scopes
    ]


def _described(
    workspace: Workspace,
    item: Claim,
    holder: Session,
    scope: Scope,
    *,
    known: str,
    token: int | None,
    twins: Collection[str],
) -> Holding:
    why = kept(workspace, holder, item, known=known)
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
        token=token,
        shared=item.shared,
        confirmed=token is not None,
        kept=why.why,
        takeover_from=why.takeover_from,
    )


def granted(workspace: Workspace, item: Claim, holder: Session) -> list[Granted]:
    """The scopes of a claim as its holder is told of them. A provisional claim has no token yet."""
    token, until = workspace.token(item), held_until(item, holder)
    return [
        Granted(checkout.shown(workspace, scope), scope.kind, holder.id, token, until, token is not None)
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
