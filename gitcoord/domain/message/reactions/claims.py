"""Who is told of what became of claims, and of sessions with what they held.

A session that ends tells before it does: nothing can stand on its log after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.claim import waiting
from gitcoord.domain.message import record as message
from gitcoord.domain.message.notification import EVERYBODY, announce, letter, post, to
from gitcoord.domain.notice import record as notice
from gitcoord.domain.reaction import Reaction
from gitcoord.domain.session import record as session
from gitcoord.policy.scope import overlap, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.claim.facts import Freed, Taken, Waits
    from gitcoord.domain.message.record import Letter
    from gitcoord.domain.session.end import Ending
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Draft, Event
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope


def _tell_victims(workspace: Workspace, taken: Taken, _: Sequence[Event]) -> None:
    """Tell the old holders what was taken over."""
    letters = []
    for victim in taken.victims:
        what = text_of(victim.scopes)
        said = letter("overridden", f"overrode your claim on {what}", taken.why)
        if victim.evidence != "override":
            said = letter("taken", f"took over {what}: {notice.LOST[victim.evidence]}", taken.why)
        letters.append((to(victim.holder), said))
    post(workspace, taken.taker, letters)


def _tell_holders(workspace: Workspace, state: State, waits: Waits) -> list[Draft]:
    """Tell the holders that somebody waits for these scopes."""
    now = workspace.clock.now()
    said = letter("waiting", f"waits for {text_of(waits.scopes)}", waits.why, ttl=max(1, waits.until - now))
    living = [found for name in sorted(waits.holders) if (found := session.read(state, name)) is not None]
    return [message.draft(to(holder), said, now) for holder in living]


def _announce_waiting(workspace: Workspace, _: Waits, events: Sequence[Event]) -> None:
    announce(workspace, events)


def _tell_waiters(workspace: Workspace, freed: Freed, _: Sequence[Event]) -> None:
    """Tell those who wait for what was released; with words about what was done, everybody instead."""
    what = text_of(freed.scopes)
    if freed.done.strip():
        post(workspace, freed.session.id, [(EVERYBODY, _done(f"released {what}", freed.done))])
        return
    waiters = _waiters(workspace, freed.state, freed.session, freed.scopes)
    post(workspace, freed.session.id, [(to(waiter), letter("released", f"released {what}")) for waiter in waiters])


def _tell_before_the_end(workspace: Workspace, state: State, ending: Ending) -> list[Draft]:
    """Tell those who wait for what becomes free, and everybody what was done."""
    now, what = workspace.clock.now(), text_of(ending.scopes)
    drafts = [
        message.draft(to(waiter), letter("released", f"released {what}"), now)
        for waiter in _waiters(workspace, state, ending.session, ending.scopes)
    ]
    if ending.done.strip():
        drafts.append(message.draft(EVERYBODY, _done("ended", ending.done), now))
    return drafts


def _announce_end(workspace: Workspace, ending: Ending, events: Sequence[Event]) -> None:
    announce(workspace, events, called=lambda _: ending.session.name)


def _waiters(workspace: Workspace, state: State, me: Session, scopes: tuple[Scope, ...]) -> list[Session]:
    names = {
        ticket.session
        for ticket in waiting.tickets(workspace)
        if ticket.session != me.id and any(overlap(one, other) for one in ticket.scopes for other in scopes)
    }
    return [found for name in sorted(names) if (found := session.read(state, name)) is not None]


def _done(what: str, done: str) -> Letter:
    first, _, more = done.strip().partition("\n")
    return letter("done", f"{what}: {first}", done if more else "")


REACTIONS = (
    Reaction("take", follow=_tell_victims),
    Reaction("waiting", drafts=_tell_holders, follow=_announce_waiting),
    Reaction("release", follow=_tell_waiters),
    Reaction("end", drafts=_tell_before_the_end, follow=_announce_end),
)
