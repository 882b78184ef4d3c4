"""The board: who I am, what I hold, what is unread; who else is here, who claims what, and what needs attention.

Looks only: it starts no session and marks nothing as read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import registry
from gitcoord.domain.board import look
from gitcoord.domain.board.attention import Attention, mine, others
from gitcoord.domain.board.brief import COUNTED
from gitcoord.domain.board.look import Seen  # noqa: TC001 - the fields of an answer are looked up
from gitcoord.domain.board.together import Together  # noqa: TC001 - the fields of an answer are looked up
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.history import feed
from gitcoord.domain.message.inbox import Reader, Shown
from gitcoord.domain.message.mailbox import EVERYTHING, MAIL, Mailbox
from gitcoord.domain.records import Holding  # noqa: TC001 - the fields of an answer are looked up
from gitcoord.domain.session import beat
from gitcoord.domain.session import record as session
from gitcoord.kernel.refname import SESSIONS
from gitcoord.policy.ids import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitcoord.domain.session.beat import Beat
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle
    from gitcoord.ledger.state import State

MESSAGES = 5
"""So many of the last messages are on the board."""


@dataclass(frozen=True, slots=True)
class Unread:
    """How many messages this session has not read, and the newest of them; `more`: there are more than `count`."""

    count: int
    newest: Shown | None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """Everything at a glance. `me` is None where the reader is not a session; `holds` are its claims among `claims`.

    Children stand behind their parent in `sessions`. `together` is what nouns have to say of common work.
    """

    me: Seen | None
    holds: list[Holding]
    unread: Unread
    sessions: list[Seen]
    claims: list[Holding]
    messages: list[Shown]
    attention: list[Attention]
    together: list[Together] = field(default_factory=list)


def read(workspace: Workspace, me: Session | None) -> Board:
    """Everything, as it is known here now."""
    refs = workspace.ledger.store.refs.list(SESSIONS + "/")
    with feed.opened(workspace, refs) as chronicle:
        state = workspace.ledger.state()
        present = _Present(workspace, state, beat.every(workspace, refs))
        unread, messages = _mail(workspace, chronicle, state, me)
        return Board(
            me=present.seen.get(me.id) if me is not None else None,
            holds=present.held.get(me.id, []) if me is not None else [],
            unread=unread,
            sessions=families(present.seen),
            claims=sorted((one for held in present.held.values() for one in held), key=lambda one: one.scope),
            messages=messages,
            attention=list(_attention(workspace, chronicle, state, me, present)),
            together=list(registry.together(workspace, state, me)),
        )


class _Present:
    """Every live session with its status, its sign of life and its claims, each looked at once."""

    def __init__(self, workspace: Workspace, state: State, beats: Mapping[str, Beat]) -> None:
        agreed, twins = workspace.agreement.confirmed(), session.twins(state)
        self.beats = beats
        self.living: dict[str, Session] = {}
        self.gone: list[Session] = []
        self.seen: dict[str, Seen] = {}
        self.held: dict[str, list[Holding]] = {}
        for item in session.every(state):
            last = beats.get(item.id)
            status = look.status(workspace, item, last)
            claims = claim.of(state, item.id)
            if status == "gone":
                self.gone.append(item)
            else:
                self.living[item.id] = item
            self.seen[item.id] = look.described(workspace, item, last, status, claims)
            self.held[item.id] = holding.described(workspace, item, claims, status, agreed, twins)


def families(seen: Mapping[str, Seen]) -> list[Seen]:
    """Those who showed themselves last come first, the gone last, children behind their parent."""
    children: dict[str, list[Seen]] = {}
    for item in sorted(seen.values(), key=lambda one: (one.status == "gone", -one.last_seen, one.id)):
        children.setdefault(item.parent if item.parent in seen else "", []).append(item)

    found: list[Seen] = []
    left = children.get("", [])[::-1]
    while left:
        found.append(left.pop())
        left += children.get(found[-1].id, [])[::-1]
    return found


def _mail(workspace: Workspace, chronicle: Chronicle, state: State, me: Session | None) -> tuple[Unread, list[Shown]]:
    """What is unread, and the last messages to this session; to all where it is none."""
    if me is None:
        entries = chronicle.about(["to:all:"], kinds=MAIL, newest=MESSAGES)
        recent = [item for entry in entries if (item := feed.message_at(workspace, entry)) is not None]
        nobody = Reader(workspace, chronicle, state, NOBODY)
        return Unread(0, None), [nobody.shown(item, unread=False) for item in recent]
    box = Mailbox(workspace, chronicle, state, me)
    unread = box.newest_unread(COUNTED + 1)
    fresh = {item.id for item in unread}
    reader = Reader(workspace, chronicle, state, me.id)
    newest = reader.shown(unread[-1], unread=True) if unread else None
    recent = box.history(EVERYTHING, MESSAGES)
    count = Unread(min(len(unread), COUNTED), newest, len(unread) > COUNTED)
    return count, [reader.shown(item, unread=item.id in fresh) for item in recent]


def _attention(
    workspace: Workspace, chronicle: Chronicle, state: State, me: Session | None, present: _Present
) -> Iterable[Attention]:
    """What needs attention, what is for this session to do first."""
    found: list[Attention] = []
    if me is not None:
        found += mine.expiring(workspace, state, me)
        found += mine.requests(workspace, chronicle, state, me)
    found += mine.waits(workspace, state, me)
    found += registry.attention(workspace, state, me)
    held = [one for items in present.held.values() for one in items]
    found += others.hub(workspace, held)
    found += others.void(workspace, chronicle, lambda name: session.called(state, name))
    found += others.ahead_of_us(workspace, present.living.values(), me)
    found += others.abandoned(workspace, present.gone, {name: item.claims for name, item in present.seen.items()}, me)
    found += others.overlapping(state, present.living, present.beats, me)
    found += others.sharing(state, present.living.values(), me)
    return sorted(found, key=lambda item: not item.mine)
