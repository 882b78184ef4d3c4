"""What an agent is told by itself: who else works here, what is claimed, what waits for it.

It reaches the agent with the authority of its system, so it holds our own words, counts, ids, and paths that are plain
(`policy.plain`); never a subject, a body, a reason or a name of somebody else's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board import look
from gitcoord.domain.claim import record as claim
from gitcoord.domain.halt import record as halts
from gitcoord.domain.history import feed
from gitcoord.domain.message import request
from gitcoord.domain.message.mailbox import Mailbox
from gitcoord.domain.session import beat
from gitcoord.domain.session import record as session
from gitcoord.domain.wording import plural
from gitcoord.errors.remedy import Remedy, typed
from gitcoord.policy import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

LONGEST = 2000
"""Characters of a digest."""

_SHOWN = 8
"""Sessions that are named."""

_PATHS = 3
"""Scopes that are named of each."""


def build(workspace: Workspace, me: Session) -> str:
    """Return the digest for a session, a sentence a line."""
    state = workspace.ledger.state()
    lines = [
        _about(workspace, me),
        *_halted(state, me, workspace.clock.now()),
        *_mail(workspace, state, me),
        *_others(workspace, state, me),
    ]
    kept: list[str] = []
    for line in lines:
        if sum(len(other) + 1 for other in kept) + len(line) > LONGEST:
            break
        kept.append(line)
    return "\n".join(kept)


def waiting_requests(workspace: Workspace, me: Session) -> int:
    """Return how many requests of others this session has to answer still."""
    with feed.opened(workspace) as chronicle:
        return len(request.to_me(workspace, chronicle, workspace.ledger.state(), me))


def is_halted(state: State, me: Session, now: int) -> bool:
    """Whether this session has to stop at this time, in seconds."""
    return halts.stopping(state, me.id, now) is not None


def _about(workspace: Workspace, me: Session) -> str:
    return (
        f"git-coord: several sessions work in this repository, and this one is {plain.session(me.id)}. "
        f"{of_edits(workspace)} Commit your own files only: {typed('commit -m MESSAGE')}. See: {typed('status')}"
    )


def of_edits(workspace: Workspace) -> str:
    """Return what becomes of an edit, as this clone is configured."""
    claimed = "A file that you edit is claimed for you until you commit it"
    if not workspace.place.flag("coord.autoclaim", True):
        claimed = f"Claim a file before you edit it ({typed('claim PATH')})"
    theirs = "an edit of a file that another session claims is refused"
    if workspace.place.setting("coord.guard").lower() in ("warn", "off"):
        theirs = "do not edit a file that another session claims"
    return f"{claimed}; {theirs}."


def _halted(state: State, me: Session, now: int) -> Iterator[str]:
    if is_halted(state, me, now):
        yield Remedy("Work is halted: stop, and tell the person you work for. See: {}", "halt --status")


def _mail(workspace: Workspace, state: State, me: Session) -> Iterator[str]:
    with feed.opened(workspace) as chronicle:
        unread = Mailbox(workspace, chronicle, state, me).unread()
        asked = request.to_me(workspace, chronicle, state, me)
    if unread:
        urgent = sum(item.priority == "urgent" for item in unread)
        more = f", {urgent} of them urgent" if urgent else ""
        yield f"{plural(len(unread), 'unread message')}{more}: {typed('inbox')}"
    if asked:
        yield f"{plural(len(asked), 'request')} of other sessions without an answer: {typed('status')}, {typed('ack')}"


def _others(workspace: Workspace, state: State, me: Session) -> Iterator[str]:
    beats = beat.every(workspace)
    others = [
        (item, look.status(workspace, item, beats.get(item.id)))
        for item in session.every(state)
        if item.id != me.id and me.id not in item.ancestors and item.id not in me.ancestors
    ]
    living = sorted(
        ((item, status) for item, status in others if status != "gone"), key=lambda known: (-known[0].last, known[0].id)
    )
    if not living:
        yield "No other session is there now."
        return
    yield f"{plural(len(living), 'other session')}:"
    for item, status in living[:_SHOWN]:
        yield f"- {plain.session(item.id)} ({_doing(status, beats.get(item.id))}) {_holds(state, item)}"
    if len(living) > _SHOWN:
        yield f"- and {len(living) - _SHOWN} more: {typed('sessions')}"


def _doing(status: str, last: beat.Beat | None) -> str:
    return "waiting for its user" if last is not None and last.phase == WAITING else status


def _holds(state: State, item: Session) -> str:
    texts = [scope.text for held in claim.of(state, item.id) for scope in held.scopes]
    shown = [path for text in texts if (path := plain.path(text, ""))][:_PATHS]
    if not texts:
        return "claims nothing"
    rest = len(texts) - len(shown)
    more = (f" and {rest} more" if shown else plural(rest, "scope")) if rest else ""
    return f"claims {', '.join(shown)}{more}"


WAITING = "waiting"
"""The phase in the beat of a session whose agent waits for a person."""
