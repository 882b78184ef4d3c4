"""Claim scopes, and where somebody holds them wait in line until they are free."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain import reaction
from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import waiting
from gitcoord.domain.claim.facts import Waits
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.errors import Deadlock
from gitcoord.ledger.event import Draft
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.claim.acquire import Answer, Request
    from gitcoord.domain.claim.waiting import Ticket
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

LOOK_AGAIN = 10.0
"""Seconds after which a waiter looks unasked: leases run out and processes die without ringing."""


def acquire(
    workspace: Workspace,
    me: Session,
    request: Request,
    seconds: int,
    begun: Callable[[Answer], None] = lambda _: None,
) -> Answer:
    """Claim as `claim.acquire` does; while refused, wait up to so many seconds, first come, first served.

    Woken by whoever changes the ledger; `begun` is told the refusal when the wait begins. Where waiting would close a
    circle it is refused at once, and `why` names the circle.
    """
    answer = claim.acquire(workspace, me, request)
    if answer.result != "refused" or not answer.conflicts:
        return answer
    try:
        return _wait(workspace, me, request, seconds, answer, begun)
    except Deadlock as circle:
        return replace(answer, why=circle.message)


def _wait(
    workspace: Workspace,
    me: Session,
    request: Request,
    seconds: int,
    answer: Answer,
    begun: Callable[[Answer], None],
) -> Answer:
    """Wait in line after the refusal `answer`. Raises `Deadlock` where that would never end."""
    until = time.monotonic() + seconds
    with workspace.listening() as rung:
        ticket = _queue_up(workspace, me, request, seconds, {item.held.session for item in answer.conflicts})
        try:
            begun(answer)
            while True:
                answer = claim.acquire(workspace, me, request, ticket=ticket.name)
                left = until - time.monotonic()
                if answer.result != "refused" or answer.reason != "held" or left <= 0:
                    return answer
                waiting.refuse_circle(workspace, workspace.ledger.state(), ticket)
                rung(min(left, LOOK_AGAIN, *_until_over(workspace, answer)))
                renew_if_due(workspace, me.id)
        finally:
            waiting.leave(workspace, ticket)
            workspace.ledger.wake()


def _queue_up(workspace: Workspace, me: Session, request: Request, seconds: int, holders: set[SessionId]) -> Ticket:
    """Take a ticket and say so on the log and to the holders, unless waiting would close a circle."""
    until = workspace.clock.now() + seconds
    waits = Waits(request.scopes, until, request.why, holders)
    taken: list[Ticket] = []

    def decide(state: State) -> list[Draft]:
        while taken:  # it is decided anew
            waiting.leave(workspace, taken.pop())
        ticket = waiting.queue_up(workspace, me.id, request.scopes, shared=request.shared, until=until)
        taken.append(ticket)
        waiting.refuse_circle(workspace, state, ticket)
        data = {"scopes": [scope.to_json() for scope in request.scopes], "until": until}
        said = reaction.drafts(workspace, state, "waiting", waits)
        return [Draft("waiting", f"wait for {text_of(request.scopes)}", data, request.why), *said]

    try:
        events = workspace.ledger.append(me.id, decide)
    except BaseException:
        for ticket in taken:
            waiting.leave(workspace, ticket)
        raise
    reaction.follow(workspace, "waiting", waits, events)
    return taken[0]


def _until_over(workspace: Workspace, answer: Answer) -> list[float]:
    """Seconds until the first of the claims in the way may be taken over; at least a moment."""
    now = workspace.clock.now()
    return [
        max(0.05, conflict.held.held_until + 1.0 - now)
        for conflict in answer.conflicts
        if conflict.held.held_until >= now
    ]
