"""The timeline: events as those see them who watch or look back, with what became of each.

What others wrote is read field by field, under names of ours: whatever a payload holds, it cannot pass for another
field, and one that is malformed shows nothing but its subject.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.dataclass import fields as fields_of
from gitcoord.domain import checkout, fields, kinds
from gitcoord.domain.history import event_scopes, feed
from gitcoord.domain.message import record as message
from gitcoord.domain.records import to_json
from gitcoord.errors import Malformed, Unreadable
from gitcoord.errors.usage import NotOneOf
from gitcoord.ledger.chronicle import VERDICT
from gitcoord.ledger.event import STATEMENTS
from gitcoord.ledger.fold import META
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.domain.kind import Kind
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

GONE = "gone"
"""The kind of what no event says: a session was found to be gone."""

KINDS = (*kinds.NAMES, VERDICT, GONE)
"""Every kind that this program knows; others are shown, too."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry. `id` and `seq` are None where it is not an event; `name` is what the session was called.

    `verdict` is 'accepted', 'refused' (`refusal` says why) or 'pending' for an operation, '' otherwise. `number` is
    what the ledger gave it, None where that is not final; `confirmed` is None for what needs no verdict. `types` are
    those of the message, the tasks or whatever it is about. `own` are the fields of its kind (docs/reference.md).
    """

    id: str | None
    seq: int | None
    kind: str
    time: Moment
    session: SessionId
    name: str
    role: str
    subject: str
    body: str = ""
    verdict: str = ""
    refusal: str = ""
    number: int | None = None
    confirmed: bool | None = None
    types: list[str] = field(default_factory=list)
    own: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the object of the event: what all have, and the fields of its kind, which cannot pass for one."""
        said = {about.name: to_json(getattr(self, about.name)) for about in fields_of(self)}
        own: dict[str, Any] = said.pop("own")
        return said | {key: value for key, value in own.items() if key not in said}


def check_kinds(names: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of these names. Raises `Usage` for one that there is not."""
    found = tuple(names)
    for name in found:
        if name not in KINDS:
            raise NotOneOf(name, "a kind of event", KINDS)
    return found


class Reader:
    """Reads entries of the chronicle. `agreed` is the last number that the hub has confirmed, None without a hub."""

    def __init__(self, workspace: Workspace, chronicle: Chronicle, agreed: int | None) -> None:
        self.chronicle = chronicle
        self._workspace = workspace
        self._agreed = agreed
        self._known: dict[str, tuple[str, str]] = {}

    def event(self, entry: Entry) -> Event | None:
        """The event behind an entry; None where it can no longer be read."""
        try:
            return feed.event(self._workspace, entry)
        except Unreadable:
            return None

    def who(self, session: SessionId) -> tuple[str, str]:
        """Name and role of a session, living or not; its id where it never said."""
        if session not in self._known:
            begun = self.chronicle.begun(session)
            event = self.event(begun) if begun is not None else None
            try:
                said = event.data if event is not None else {}
                self._known[session] = fields.text(said, "name", "") or session, fields.text(said, "role", "")
            except Malformed:
                self._known[session] = session, ""
        return self._known[session]

    def read(self, entry: Entry) -> TimelineEntry:
        """What an entry of the chronicle says."""
        event = self.event(entry)
        name, role = self.who(entry.session)
        word, refusal, number, confirmed, detail = self._judged(entry, event)
        own: dict[str, Any] = {}
        subject, body = entry.subject, ""
        if event is not None:
            body = event.body
            if entry.kind == VERDICT:
                own, body = {"about": event.id, "of": event.kind}, ""
            elif message.is_one(event):
                subject, body, own = self._message(event, subject)
            else:
                own = self._own(event)
        kind = kinds.ALL.get(entry.kind)
        if kind is not None and word == "accepted":
            own |= kind.given(detail, number)
        types, present = self._now(kind, own)
        return TimelineEntry(
            id=entry.id,
            seq=entry.seq,
            kind=entry.kind,
            time=Moment(entry.time),
            session=entry.session,
            name=name,
            role=role,
            subject=subject,
            body=body,
            verdict=word,
            refusal=refusal,
            number=number,
            confirmed=confirmed,
            types=types,
            own=own | present,
        )

    def _now(self, kind: Kind | None, own: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
        """Types of what an event is about, and fields, by the present state."""
        try:
            return (kind.types(self._state, own), kind.present(self._state, own)) if kind is not None else ([], {})
        except Unreadable:
            return [], {}

    @cached_property
    def _state(self) -> State:
        return self._workspace.ledger.state()

    def _judged(self, entry: Entry, event: Event | None) -> tuple[str, str, int | None, bool | None, dict[str, Any]]:
        """Word, reason, number, whether that is final, and details of an operation's verdict."""
        if entry.kind in STATEMENTS:
            return "", "", None, None, {}
        about = event.id if event is not None else entry.id
        found = self.chronicle.verdict(about)
        if found is None:
            return "pending", "", None, False, {}
        number, verdict = found
        confirmed = self._agreed is None or number <= self._agreed
        word = "accepted" if verdict.accepted else "refused"
        return word, verdict.reason, number if confirmed else None, confirmed, verdict.detail

    def _message(self, event: Event, subject: str) -> tuple[str, str, dict[str, Any]]:
        try:
            found = message.read(event)
        except Malformed:
            return subject, event.body, {}
        own = {
            "to": found.to.shown,
            "type": found.type,
            "topic": found.topic,
            "priority": found.priority,
            "reply_to": found.reply_to,
            "thread": found.thread,
            "expires": None if found.expires is None else Moment(found.expires),
            "wants_ack": found.wants_ack,
            "attached": list(found.attached),
        }
        return found.subject, found.body, own

    def _own(self, event: Event) -> dict[str, Any]:
        kind = kinds.ALL.get(event.kind)
        if kind is None:
            return {}
        try:
            own = kind.tell(event.data)
        except Malformed:
            return {}
        if kind.is_about_scopes:
            own["scopes"] = [checkout.shown(self._workspace, scope) for scope in event_scopes.scopes(event)]
        return own


@contextmanager
def reading(workspace: Workspace) -> Iterator[Reader]:
    """A reader of everything that is known here by now, for the block."""
    agreed = workspace.agreement.confirmed()  # before our own ledger: what is confirmed then is in it
    count = None if agreed is None else int((agreed.json(META) or {}).get("operations", 0))
    with feed.opened(workspace) as chronicle:
        yield Reader(workspace, chronicle, count)
