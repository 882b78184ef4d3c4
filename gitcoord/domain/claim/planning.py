"""What a claim records: the scopes that are free, what a gone session left, the own claims that it renews or widens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.claim import holding, waiting
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim.facts import Victim
from gitcoord.domain.halt import concern
from gitcoord.domain.role import limits
from gitcoord.domain.session import record as session
from gitcoord.ledger.event import Draft
from gitcoord.policy.scope import Scope, text_of, within

if TYPE_CHECKING:
    from gitcoord.domain.claim.acquire import Request
    from gitcoord.domain.claim.record import Claim, Standing
    from gitcoord.domain.records import Holding
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt of a session (`holder`) to claim. `ticket` is its place in the queue, '' where it does not wait."""

    workspace: Workspace
    holder: SessionId
    request: Request
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to record: the drafts, what they take over from whom, and the own claims for scopes held already."""

    drafts: list[Draft]
    took_over: list[Holding] = field(default_factory=list)
    victims: list[Victim] = field(default_factory=list)
    renewed: list[Claim] = field(default_factory=list)


def plan(attempt: Attempt, state: State) -> Plan:
    """Return what to record for an attempt. Raises `InTheWay`, `Halted`, `Forbidden`, `SessionOver`."""
    workspace, holder, request = attempt.workspace, attempt.holder, attempt.request
    me = session.read(state, holder)
    if me is None:
        raise errors.session.SessionOver(holder)
    mine = claim.of(state, holder)
    held = [scope for scope in request.scopes if covering(mine, scope, request.shared) is not None]
    wanted = [scope for scope in request.scopes if scope not in held]
    until = workspace.clock.now() + request.ttl if request.ttl else None
    renewed = {item.id: item for scope in held if (item := covering(mine, scope, request.shared)) is not None}
    drafts = [_renewal(attempt, held, list(renewed.values()), until)] if held else []
    if not wanted:
        return Plan(drafts, renewed=list(renewed.values()))
    concern.check(state, holder, workspace.clock.now(), wanted)
    limits.check_claim(state, me, wanted)
    if request.override:
        limits.check(state, me, "override")
    obstacles = claim.in_the_way(state, holder, wanted, shared=request.shared)
    takes, took_over, victims = takeover(workspace, state, obstacles, override=request.override)
    queued = waiting.ahead(workspace, state, waiting.Place(holder, tuple(wanted), request.shared, attempt.ticket))
    if queued and not request.override:
        raise errors.claim.InTheWay(queued)
    inner = _narrower(mine, wanted, request.shared)
    where = checkout.branch(workspace), checkout.head(workspace)
    payload = claim.Wanted(tuple(wanted), request.shared, until, inner, *where).to_json()
    what = text_of(wanted)
    if takes:
        drafts.append(Draft("take", f"take over {what}", {**payload, "takes": takes}, request.why))
    else:
        drafts.append(Draft("claim", f"claim {what}", payload, request.why))
    return Plan(drafts, took_over, victims, list(renewed.values()))


def _renewal(attempt: Attempt, held: list[Scope], renewed: list[Claim], until: int | None) -> Draft:
    now = attempt.workspace.clock.now()
    deadlines = [
        {"id": item.id, "until": until}
        for item in renewed
        # One whose deadline is past would be anybody's to take over as soon as it was "won".
        if attempt.request.ttl or (item.until is not None and item.until <= now)
    ]
    payload = {"claims": deadlines} if deadlines else {}
    return Draft("renew", f"renew {text_of(held)}", payload, attempt.request.why)


def takeover(
    workspace: Workspace, state: State, obstacles: list[tuple[Scope, Standing]], *, override: bool
) -> tuple[list[dict[str, Any]], list[Holding], list[Victim]]:
    """What a take of these obstacles names, and of whom it takes what; raises `InTheWay` with those that hold."""
    takes: dict[str, dict[str, Any]] = {}
    taken: list[Holding] = []
    signs = holding.Signs(workspace)
    victims: list[Victim] = []
    holding_on: list[tuple[Scope, Standing]] = []
    for wanted, standing in obstacles:
        item = claim.read(state, standing.session, standing.claim)
        holder = session.read(state, standing.session)
        if item is None or holder is None:
            continue
        evidence = holding.over(workspace, item, holder) or ("override" if override else "")
        if not evidence:
            holding_on.append((wanted, standing))
        elif item.id not in takes:
            takes[item.id] = {"id": item.id, "session": holder.id, "evidence": evidence}
            if evidence == "ahead":
                takes[item.id]["tip"] = holder.tip
            named = standing.claim, standing.session
            scopes = tuple(dict.fromkeys(one.scope for _, one in obstacles if (one.claim, one.session) == named))
            taken += [holding.describe(workspace, item, holder, scope, signs) for scope in scopes]
            victims.append(Victim(holder, scopes, evidence))
    if holding_on:
        raise errors.claim.InTheWay(holding.conflicts(workspace, state, holding_on))
    return list(takes.values()), taken, victims


def covering(mine: list[Claim], scope: Scope, shared: bool) -> Claim | None:
    """The own claim that gives at least what is asked for."""
    for item in mine:
        if (shared or not item.shared) and any(within(scope, outer) for outer in item.scopes):
            return item
    return None


def _narrower(mine: list[Claim], wanted: list[Scope], shared: bool) -> tuple[tuple[str, tuple[Scope, ...]], ...]:
    """Own scopes that lie within what is claimed now: the wider claim replaces them, but no shared one an exclusive."""
    ends = []
    for item in mine:
        if shared and not item.shared:
            continue
        inner = tuple(scope for scope in item.scopes if any(within(scope, outer) for outer in wanted))
        if inner:
            ends.append((item.id, inner))
    return tuple(ends)
