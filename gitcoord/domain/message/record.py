"""A message: what one session says to others, an event on its own log.

The commit's subject and body are the message's, so that `git log` reads well; the rest is in its data. Attached files
are not in it: its data names them, and they travel by themselves (`domain/message/files.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain import fields
from gitcoord.errors import Malformed
from gitcoord.ledger import commit
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.ids import StoreOid
from gitcoord.policy.printable import printable
from gitcoord.policy.topic import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.event import Event
    from gitcoord.policy.ids import EventId, SessionId

PRIORITIES = ("low", "normal", "high", "urgent")
LONGEST_SUBJECT = limits.SUBJECT
LONGEST_BODY = limits.BODY_BYTES
"""Bytes of a body; what is longer is attached as a file."""
ROOM = 64 * 1024
"""Bytes of an event that are kept for everything but a message's body."""

ASKS = "asks:"
"""The term of every message that wants an acknowledgement; before a term of its address, of those to that address, and
before `by:` and a session, of those by that session."""

FILES = "files:"
"""The term of every message with attached files."""

LOST = "lost"
"""The type of what a clone tells its own session of the hub: it is on that session's log, or it is not ours."""

ACK = "ack"
"""The type of an acknowledgement; nobody else uses it."""


@dataclass(frozen=True, slots=True)
class Address:
    """To whom: a session (`value` its id, `name` what it was called by), a name, a role, a capability, a team, all."""

    kind: Literal["session", "name", "role", "can", "team", "all"]
    value: str = ""
    name: str = ""

    @property
    def shown(self) -> str:
        """As people write it."""
        if self.kind in ("role", "can", "team"):
            return f"{self.kind}:{self.value}"
        return "all" if self.kind == "all" else self.name or self.value

    @property
    def terms(self) -> Iterator[str]:
        """Under what the chronicle finds messages to this address."""
        yield f"to:{self.kind}:{self.value}"
        if self.name:
            yield f"to:name:{self.name}"

    def to_json(self) -> dict[str, str]:
        """As a payload has it."""
        said: dict[str, str] = {self.kind: self.value}
        return said | ({"name": self.name} if self.name else {})


def means_many(text: str) -> bool:
    """Whether this, as an address, is for whoever is there, or is or can something: no name can be like it."""
    return text == "all" or text.startswith(("role:", "can:", "team:"))


def bears(session: Session, address: Address) -> bool:
    """Whether a message to this address is for the session."""
    return {
        "session": session.id == address.value,
        "name": session.name == address.value,
        "role": bool(address.value) and session.role == address.value,
        "can": address.value in session.capabilities,
        "team": address.value in session.teams,
        "all": True,
    }[address.kind]


def roles_of(session: Session) -> list[str]:
    """Under what the chronicle finds messages to what a session is or can do, and to its teams."""
    roles = [f"to:role:{session.role}"] if session.role else []
    roles += [f"to:team:{team}" for team in session.teams]
    return roles + [f"to:can:{capability}" for capability in session.capabilities]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a message. `size` in bytes, `object` the blob."""

    name: str
    size: int
    object: StoreOid


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was sent. Times are seconds; `thread` is the id of the message that began it.

    `expires` is None for one that stays, `reply_to` '' for one that answers none; `wants_ack`: its sender waits for an
    acknowledgement.
    """

    id: str
    sender: SessionId
    number: int
    time: int
    to: Address
    subject: str
    body: str
    type: str
    topic: str
    priority: str
    reply_to: str
    thread: str
    expires: int | None
    wants_ack: bool
    attached: tuple[Attached, ...] = ()
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """What to send; `ttl` in seconds, 0 for no end. `replies` is (message, thread) that it answers.

    `about` is what the message is found by again, apart from its readers and its thread.
    """

    subject: str
    body: str = ""
    type: str = "note"
    topic: str = ""
    priority: str = "normal"
    ttl: int = 0
    wants_ack: bool = False
    replies: tuple[str, str] = ("", "")
    attached: tuple[Attached, ...] = ()
    about: tuple[str, ...] = ()


def check_priority(text: str) -> None:
    """Raise `Usage` for what is not a priority."""
    if text not in PRIORITIES:
        raise errors.usage.NotOneOf(text, "a priority", PRIORITIES)


def suits(topic: str, priority: str, *, pattern: str, least: str) -> bool:
    """Whether a message of this topic and priority is what is asked for: '' asks for nothing."""
    rank = PRIORITIES.index
    return (not pattern or (bool(topic) and matches(pattern, topic))) and (not least or rank(priority) >= rank(least))


def check_words(subject: str, body: str) -> None:
    """Raise `Usage` for words that cannot be sent as they are."""
    try:
        subject.encode("utf-8", "surrogateescape")
        size = len(body.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError as error:
        raise errors.usage.UnpairedSurrogate() from error
    if not subject.strip():
        raise errors.usage.Missing("a message", "a subject")
    if len(subject) > LONGEST_SUBJECT or "\n" in subject:
        raise errors.usage.NotOneLine("a subject", LONGEST_SUBJECT, example="send NAME SUBJECT -m TEXT")
    if size > LONGEST_BODY:
        raise errors.usage.AtMost("a body", LONGEST_BODY, "bytes", hint="attach it as a file: --attach FILE")
    # It may stand in the commit twice: as words, where a NUL takes three bytes, and as JSON, where a control takes six.
    twice = body.replace("\0", "\ufffd") + commit.canonical(body)
    if len(twice.encode("utf-8", "surrogateescape")) > limits.EVENT_BYTES - ROOM:
        raise errors.message.NotAText()


def draft(to: Address, letter: Letter, now: int, event_id: EventId | None = None) -> Draft:
    """The event that sends a letter; `event_id` is its id, where its files are recorded under it already."""
    data: dict[str, Any] = {"to": to.to_json(), "type": letter.type}
    optional = {
        "topic": letter.topic,
        "priority": letter.priority if letter.priority != "normal" else "",
        "reply_to": letter.replies[0],
        "thread": letter.replies[1],
        "expires": now + letter.ttl if letter.ttl else 0,
        "ack": letter.wants_ack,
        "about": list(letter.about),
        "attached": [{"name": one.name, "size": one.size, "object": one.object} for one in letter.attached],
    }
    data |= {key: value for key, value in optional.items() if value}
    subject = f"to {printable(to.shown)}: {letter.subject}"
    return Draft("message", subject, data | _exactly(letter), letter.body, event_id or "")


def acknowledgement(of: Message, sender: str, text: str) -> Draft:
    """The event that acknowledges a message; `sender` is what its sender is called, or was when it registered."""
    data = {"acks": of.id, "thread": of.thread, "to": Address("session", of.sender, sender).to_json()}
    letter = Letter(f"acknowledged: {of.subject}"[:LONGEST_SUBJECT], text)
    return Draft(ACK, letter.subject, data | _exactly(letter), text)


def _exactly(letter: Letter) -> dict[str, str]:
    """Words that a commit message does not keep as they are: it has lines of its own, and strips."""
    marks = ("---", ">8")
    kept = letter.body == letter.body.strip() and not any(mark in letter.body for mark in (*marks, "\0", "\r"))
    return {"subject": letter.subject} | ({} if kept else {"body": letter.body})


def read(event: Event) -> Message:
    """The message that an event is. Raises `Malformed`: anybody can write an event."""
    data = event.data
    of_ack = event.kind == ACK
    thread = fields.text(data, "thread", "") or event.id
    priority = fields.text(data, "priority", "normal")
    body = data.get("body", event.body)
    if not isinstance(body, str) or len(body) > LONGEST_BODY:
        raise Malformed("the body is not a text, or too long")
    return Message(
        id=event.id,
        sender=event.session,
        number=event.number,
        time=event.time,
        to=address_in(data.get("to")),
        subject=fields.text(data, "subject"),
        body=body,
        type=ACK if of_ack else _type(event, data),
        topic=fields.text(data, "topic", ""),
        priority=priority if priority in PRIORITIES else "normal",
        reply_to=fields.text(data, "acks" if of_ack else "reply_to", ""),
        thread=thread,
        expires=fields.optional_number(data, "expires"),
        wants_ack=fields.flag(data, "ack"),
        attached=tuple(
            Attached(fields.text(item, "name"), fields.number(item, "size"), _object(item))
            for item in fields.records(data, "attached")
        ),
        about=tuple(fields.texts(data, "about")),
    )


def _type(event: Event, data: dict[str, Any]) -> str:
    """The type of a message; what nobody may say of itself is a note like any other."""
    said = fields.text(data, "type", "note")
    to = data.get("to")
    by_itself = isinstance(to, dict) and to.get("session") == event.session
    return "note" if said == ACK or (said == LOST and not by_itself) else said


def _object(data: dict[str, Any]) -> StoreOid:
    """The id of an attached blob: it is shown as part of a command, so it must be nothing else."""
    found = fields.text(data, "object")
    if not StoreOid.fits(found):
        raise Malformed("object is not an object id")
    return StoreOid(found)


def readable(event: Event) -> Message | None:
    """The message that an event is; None where it is none, or malformed."""
    try:
        return read(event) if is_one(event) else None
    except Malformed:
        return None


def is_one(event: Event) -> bool:
    """Whether the event is a message; an ack may also only say how far its reader has read."""
    return event.kind == "message" or (event.kind == ACK and "acks" in event.data)


def address_in(value: object) -> Address:
    """Return the address that stands in a payload. Raises `Malformed`."""
    if not isinstance(value, dict):
        raise Malformed("to is not an address")
    for kind in ("session", "role", "can", "team", "all"):
        if kind in value:
            return Address(kind, fields.text(value, kind), fields.text(value, "name", ""))
    return Address("name", fields.text(value, "name"))


def terms(event: Event) -> Iterator[str]:
    """Under what the chronicle finds an event of these kinds; nothing for one that is malformed."""
    found = readable(event)
    if found is None:
        return
    yield from found.to.terms
    yield f"thread:{found.thread}"
    if found.reply_to:
        yield f"re:{found.reply_to}"
    if found.attached:
        yield FILES
    if found.topic:
        yield f"topic:{found.topic}"
    yield from (f"about:{thing}" for thing in found.about)
    if found.wants_ack:
        yield ASKS
        yield f"{ASKS}by:{event.session}"
        yield from (ASKS + term for term in found.to.terms)
