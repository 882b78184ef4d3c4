"""Renew a session's lease, and the deadlines of its claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim.release import select
from gitcoord.domain.session import identity
from gitcoord.domain.session import record as session
from gitcoord.ledger.event import Draft
from gitcoord.policy import lease
from gitcoord.policy.moment import Moment
from gitcoord.policy.scope import Scope, text_of

if TYPE_CHECKING:
    from gitcoord.domain.records import Granted
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Renewed:
    """Until when the session, and what it holds, lasts now; not `confirmed`, as far as this clone knows."""

    session: str
    held_until: Moment
    confirmed: bool
    claims: list[Granted]


def renew(workspace: Workspace, me: Session, scopes: tuple[Scope, ...], ttl: int) -> Renewed:
    """Renew the lease; with `ttl` (seconds) also the deadlines of the claims on these scopes, or of all.

    Raises `NotMine` for a scope that the session does not hold.
    """

    asked: list[Scope] = []

    def decide(state: State) -> list[Draft]:
        chosen = (
            select(workspace, state, me, scopes) if scopes else [(item, item.scopes) for item in claim.of(state, me.id)]
        )
        asked[:] = [scope for _, part in chosen for scope in part]
        until = workspace.clock.now() + ttl
        claims = [{"id": item.id, "until": until} for item, _ in chosen] if ttl else []
        what = text_of(scope for item, _ in chosen for scope in item.scopes) if scopes or ttl else "the lease"
        return [Draft("renew", f"renew {what}", {"claims": claims} if claims else {})]

    done = workspace.transact(me.id, decide)
    verdict = done.outcomes[0].verdict
    if scopes or ttl:
        select(workspace, done.state, me, tuple(asked))  # names who took over meanwhile, and when
    if verdict is not None and not verdict.accepted:
        raise errors.claim.ClaimRefused("renewal", verdict.reason)
    after = identity.named(workspace, done.state, me.id)
    items = claim.of(done.state, me.id)
    return Renewed(
        me.id,
        Moment(after.held_until),
        done.confirmed,
        [one for item in items for one in holding.granted(workspace, item, after)],
    )


def renew_if_due(workspace: Workspace, session_id: SessionId) -> bool:
    """Renew the lease of a session that holds something once half of it is over; says whether it did."""
    state = workspace.ledger.state()
    me = session.read(state, session_id)
    if me is None or not lease.due(me.last, me.lease, workspace.clock.now()) or not claim.of(state, session_id):
        return False
    workspace.ledger.record(session_id, Draft("renew", "renew the lease"))
    return True
