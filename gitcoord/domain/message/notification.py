"""What gitcoord says by itself: ordinary messages, on the log of the session whose command found the occasion.

They are sent after the operation that they speak of has its verdict, so none speaks of what did not happen. A crash
between the two loses the message, not the fact: the ledger has it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from gitcoord.domain.claim import record as claim
from gitcoord.domain.message import news
from gitcoord.domain.message import record as message
from gitcoord.domain.message.record import Address, Letter
from gitcoord.domain.session import record as session
from gitcoord.kernel.objects import object_id
from gitcoord.ledger import position
from gitcoord.policy.ids import SessionId
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.ledger.state import State

EVERYBODY = Address("all")
NOTICED = frozenset({"taken", "overridden", "halted"})
"""Types whose reader hears of the fact from the ledger itself (`notice`)."""


def letter(kind: str, subject: str, body: str = "", *, about: Sequence[str] = (), ttl: int = 0) -> Letter:
    """A letter of ours; `about` is what it is found by again, so that the same is not said twice."""
    return Letter(subject[: message.LONGEST_SUBJECT], body, kind, ttl=ttl, about=tuple(about))


def to(reader: Session) -> Address:
    """The address of a session that is known."""
    return Address("session", reader.id, reader.name)


def post(workspace: Workspace, sender: SessionId, letters: Iterable[tuple[Address, Letter]]) -> None:
    """Send letters on the log of a session."""
    now = workspace.clock.now()
    drafts = [message.draft(address, one, now) for address, one in letters]
    if drafts:
        announce(workspace, workspace.ledger.append(sender, lambda _: drafts))


def announce(
    workspace: Workspace,
    sent: Iterable[Event],
    state: State | None = None,
    called: Callable[[SessionId], str] | None = None,
) -> None:
    """Let the sessions of this clone that messages are for hear of them at their next command.

    `state` is the present one, where it is known; `called` tells the name of a sender (its id) that may be over.
    """
    messages = [item for one in sent if (item := message.readable(one)) is not None and item.type not in NOTICED]
    if not messages:
        return
    state = state or workspace.ledger.state()
    name = functools.cache(called or functools.partial(session.called, state))
    reached = functools.cache(lambda address: [one.id for one in readers(state, address) if workspace.is_ours(one)])
    mail: dict[SessionId, list[news.Announcement]] = {}
    for item in messages:
        for reader in reached(item.to):
            if reader != item.sender:
                text = f"message from {printable(name(item.sender))}: {printable(item.subject)}"
                announced = news.Announcement(item.id, text, item.priority == "urgent")
                mail.setdefault(reader, []).append(announced)
    for addressee, items in mail.items():
        news.announce(workspace.place.coord_dir, addressee, items)


def readers(state: State, address: Address) -> list[Session]:
    """The living sessions that a message to this address is for."""
    if address.kind == "session":
        found = session.read(state, SessionId(address.value))
        return [found] if found is not None else []
    return [item for item in session.every(state) if message.bears(item, address)]


def lost(ledger: Ledger, who: SessionId, text: str) -> None:
    """Word to a session, on its own log, that the hub refused what was provisional."""
    if position.read(ledger.state(), who).standing == "live":
        draft = message.draft(Address("session", who), letter(message.LOST, text), ledger.clock.now())
        (sent,) = ledger.append(who, lambda _: [draft])
        news.leave(ledger.store.directory, who, text, about=sent.id)


def abandoned(workspace: Workspace, state: State, me: Session, known: Callable[[str], bool]) -> None:
    """Word to everybody about sessions that are gone and hold something, from one clone for each (`_speaks_for`).

    `known` says whether that was said of a session (its id) before.
    """
    is_hub = workspace.agreement.status != "none"
    gone, living = [], set()
    for item in session.every(state):
        if item.id != me.id and workspace.gone(item):
            gone.append(item)
        else:
            living.add(item.clone)
    letters = []
    for item in gone:
        held = claim.of(state, item.id)
        if held and _speaks_for(item, living) == workspace.clone and not known(item.id):
            subject = f"{item.name} is gone and held {text_of(scope for one in held for scope in one.scopes)}"
            where = "In its clone, whoever" if workspace.gone(item) == "process" and is_hub else "Whoever"
            later = "; elsewhere that is so when its lease has run out" if where != "Whoever" else ""
            body = f"{where} claims it takes it over{later}."
            letters.append((EVERYBODY, letter("abandoned", subject, body, about=[item.id])))
    post(workspace, me.id, letters)


def _speaks_for(gone: Session, clones: Collection[str]) -> str:
    """Which of the clones where sessions live tells everybody of a gone one: its own, or one that all agree on."""
    return (
        gone.clone
        if gone.clone in clones
        else min(clones, key=lambda clone: object_id("blob", f"{gone.id} {clone}".encode()))
    )
