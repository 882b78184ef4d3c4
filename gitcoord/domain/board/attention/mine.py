"""What this session has to do something about: claims that end, requests that are open, others who wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import registry
from gitcoord.domain.board.attention import Attention, called, few, finding, shown
from gitcoord.domain.claim import holding, waiting
from gitcoord.domain.claim import record as claim
from gitcoord.domain.message import request
from gitcoord.domain.session import record as session
from gitcoord.errors.remedy import Remedy
from gitcoord.policy import duration
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.message.record import Message
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

SOON = 10 * 60
"""Seconds before its end from which on a claim is one that ends soon."""


def expiring(workspace: Workspace, state: State, me: Session) -> Iterator[Attention]:
    """My claims that end soon, those that end together in one."""
    now = workspace.clock.now()
    ends: dict[int, list[Scope]] = {}
    for item in claim.of(state, me.id):
        if registry.renews(state, item):
            continue
        ends.setdefault(holding.held_until(item, me), []).extend(item.scopes)
    for until, scopes in sorted(ends.items()):
        if until - now >= SOON:
            break
        named = shown(workspace, scopes)
        when = f"ends in {duration.show(until - now)}" if until >= now else "is over: others may take it"
        hint = Remedy("{}", "renew") if until == me.held_until else Remedy("{}", "renew --ttl 1h")
        yield finding("expiring", f"your claim on {few(named)} {when}", hint, mine=True, sessions=[me.id], scopes=named)


def requests(workspace: Workspace, chronicle: Chronicle, state: State, me: Session) -> Iterator[Attention]:
    """Requests that wait for an answer: of others to me, then mine."""
    now = workspace.clock.now()
    for item in request.to_me(workspace, chronicle, state, me):
        who = printable(session.called(state, item.sender))
        text = f"{who} has been waiting {_ago(item, now)} for your answer: {printable(item.subject)}"
        yield finding(
            "unanswered",
            text,
            Remedy("{}", f"ack {item.id[:8]} -m TEXT"),
            mine=True,
            sessions=[item.sender],
            messages=[item.id],
        )
    for item in request.of_mine(workspace, chronicle, me):
        text = f"{printable(item.to.shown)} has not answered you for {_ago(item, now)}: {printable(item.subject)}"
        to = [item.to.value] if item.to.kind == "session" else []
        hint = Remedy("see what was said: {}", f"inbox --thread {item.thread[:8]}")
        yield finding("unanswered", text, hint, sessions=to, messages=[item.id])


def _ago(item: Message, now: int) -> str:
    return duration.show(now - item.time)


def waits(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """Who waits for what, and who holds it; those who wait for me are mine to think of."""
    twins = session.twins(state)
    for ticket in waiting.tickets(workspace):
        waiter = session.read(state, ticket.session)
        if waiter is None:
            continue
        obstacles = claim.in_the_way(state, waiter.id, ticket.scopes, shared=ticket.shared)
        ids = list(dict.fromkeys(standing.session for _, standing in obstacles))
        holders = [item for name in ids if (item := session.read(state, name)) is not None]
        by = f", held by {few([called(item, me, twins) for item in holders])}" if holders else ""
        verb = "have" if me is not None and waiter.id == me.id else "has"
        since = duration.show(workspace.clock.now() - ticket.since)
        named = shown(workspace, ticket.scopes)
        mine = me is not None and me.id in ids
        yield finding(
            "waiting",
            f"{called(waiter, me, twins)} {verb} been waiting {since} for {few(named)}{by}",
            Remedy("{}, as soon as you are done with it", "release") if mine else "",
            mine=mine,
            sessions=[waiter.id, *ids],
            scopes=named,
        )
