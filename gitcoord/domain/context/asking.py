"""What others want of a session: requests that wait for its answer, tasks and handoffs for it, unread messages."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gitcoord.domain.context.digest import Item
from gitcoord.domain.context.gathering import MOST, title
from gitcoord.domain.context.relevance import named, near, quoted
from gitcoord.domain.handoff import record as handoffs
from gitcoord.domain.handoff.apply import is_for
from gitcoord.domain.history import feed
from gitcoord.domain.message import request
from gitcoord.domain.message.mailbox import Mailbox
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record as tasks
from gitcoord.domain.task.apply import choice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.context.relevance import Interest
    from gitcoord.domain.message.record import Message
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

ASKED, URGENT, UNREAD = 100, 50, 10
"""Points of a request, of an urgent message, and of another one."""

UNREAD_MOST = 50
"""Unread messages that are looked at, the newest."""


def requests(workspace: Workspace, state: State, me: Session) -> Iterator[Item]:
    """What waits for the session: tasks and handoffs that are for it."""
    for name in islice(tasks.listed(state, "ready"), MOST):
        task = tasks.read(state, name)
        if task is not None and task.to and not choice.refusal(state, tasks.criteria(task), me):
            who = named(session.called(state, task.by))
            text = f"{who} asks for {task.asked or 'this'}: {title(task)}"
            yield _asked(text, "it is for you", task.id, task.by, me)
    for offer in handoffs.standing(state):
        if offer.until >= workspace.clock.now() and offer.to and is_for(state, offer, me):
            about = f": {quoted(offer.context.strip())}" if offer.context.strip() else ""
            text = f"{named(session.called(state, offer.giver))} offers you work ({offer.id[:8]}){about}"
            yield _asked(text, "the offer is for you", offer.id, offer.giver, me)


def mail(workspace: Workspace, state: State, me: Session, wanted: Interest, known: set[str]) -> Iterator[Item]:
    """Messages that wait for the session's answer, and unread ones. Their bodies stay in the inbox.

    Those about what is `known` (ids) say nothing new.
    """
    with feed.opened(workspace) as chronicle:
        open_ones = request.to_me(workspace, chronicle, state, me)
        unread = Mailbox(workspace, chronicle, state, me).newest_unread(UNREAD_MOST)
    for item in open_ones:
        yield _asked(_said(state, item), "it waits for your answer", item.id, item.sender, me)
    asked = {item.id for item in open_ones} | known
    for item in reversed(unread):
        if item.id not in asked and asked.isdisjoint(item.about):
            found, urgent = near(wanted, f"{item.subject} {item.topic}"), item.priority == "urgent"
            why = [*(["urgent"] if urgent else []), *found.why, "unread"]
            points = (URGENT if urgent else UNREAD) + found.points
            other = item.sender != me.id
            yield Item("mail", _said(state, item), why, points, item.id, item.sender, from_another_session=other)


def _said(state: State, item: Message) -> str:
    return f"{item.id[:8]} from {named(session.called(state, item.sender))}: {quoted(item.subject)}"


def _asked(text: str, why: str, name: str, by: str, me: Session) -> Item:
    return Item("requests", text, [why], ASKED, name, by, from_another_session=by != me.id)
