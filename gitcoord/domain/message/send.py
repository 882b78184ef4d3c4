"""Send a message."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain.claim import holding
from gitcoord.domain.history import feed
from gitcoord.domain.message import files, notification
from gitcoord.domain.message import record as message
from gitcoord.domain.message.record import Address
from gitcoord.domain.role import limits as role_limits
from gitcoord.domain.session import beat
from gitcoord.domain.session import record as session
from gitcoord.domain.team import record as team
from gitcoord.errors.message import NamesNobody, ReaderOver, ReservedType, TooMuchAttached
from gitcoord.errors.refusal import NoSuch
from gitcoord.errors.session import NeverWas
from gitcoord.errors.usage import AmbiguousName, AtMost, CannotUse, NotWritten, Oneself, TwoAlike
from gitcoord.policy import limits, reserved, topic
from gitcoord.policy.ids import EventId
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.spelling import folded

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.domain.message.record import Letter
    from gitcoord.domain.session.beat import Beat
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Draft
    from gitcoord.ledger.state import State

MOST_FILES = limits.FILES


@dataclass(frozen=True, slots=True)
class Recipient:
    """A living session that the message is for. `woken`: its program was asked to wake it, and may refuse that."""

    session: str
    name: str
    status: str
    last_seen: Moment
    woken: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is on its way; `recipients` are those that live now."""

    id: str
    thread: str
    to: str
    recipients: list[Recipient]


def send(
    workspace: Workspace, me: Session, to: str, letter: Letter, *, reply_to: str = "", paths: tuple[Path, ...] = ()
) -> Sent:
    """Send a letter with the files at `paths`; `reply_to` is the id (or its beginning) of the message it answers.

    Raises `NotFound` where there never was anybody of that name, `Usage` for what cannot be sent, and `Forbidden` where
    the role of the session does not allow it.
    """
    role_limits.check(workspace.ledger.state(), me, "send")
    contents = _check(letter, paths)
    if reply_to:
        letter = replace(letter, replies=_answered(workspace, reply_to))
    event_id = None
    if contents:
        workspace.surely(lambda state: resolve(workspace, state, me, to))  # first: nothing is recorded for nobody
        event_id = EventId(workspace.ids.hexadecimal(EventId.DIGITS))
        letter = replace(letter, attached=tuple(files.put(workspace, me.id, event_id, contents)))
    found: list[Session] = []
    address = Address("all")
    seen: State | None = None

    def decide(state: State) -> list[Draft]:
        nonlocal address, seen
        seen = state
        address = resolve(workspace, state, me, to)
        found[:] = [item for item in notification.readers(state, address) if item.id != me.id]
        return [message.draft(address, letter, workspace.clock.now(), event_id)]

    (sent,) = workspace.surely(lambda _: workspace.ledger.append(me.id, decide))
    notification.announce(workspace, [sent], seen)
    return Sent(sent.id, letter.replies[1] or sent.id, address.shown, recipients(workspace, found))


def _check(letter: Letter, paths: tuple[Path, ...]) -> list[tuple[str, bytes]]:
    message.check_words(letter.subject, letter.body)
    if letter.topic:
        topic.check(letter.topic)
    word = letter.type.isprintable() and letter.type.split() == [letter.type]
    if folded(letter.type) in reserved.TYPES:
        raise ReservedType(letter.type)
    if not word or len(letter.type) > limits.WORD:
        raise NotWritten(printable(letter.type), "a type", "one short word")
    if len(paths) > MOST_FILES:
        raise AtMost("a message", MOST_FILES, "files", "pack them into one")
    return _contents(paths, limits.MESSAGE_BYTES - len(letter.body.encode("utf-8", "surrogateescape")))


def _contents(paths: tuple[Path, ...], room: int) -> list[tuple[str, bytes]]:
    """Names and contents of the files, which have so many bytes at most together."""
    found: dict[str, bytes] = {}
    for path in paths:
        try:
            about = path.stat()
            if stat.S_ISFIFO(about.st_mode) or stat.S_ISCHR(about.st_mode):  # it may never end
                raise CannotUse("attach", path, "it is not a file")
            with path.open("rb") as file:
                content = file.read(room + 1) if about.st_size <= room else b""
            room -= max(about.st_size, len(content))
            if room < 0:
                raise TooMuchAttached(path, f"{limits.MESSAGE_BYTES >> 20} MiB")
        except OSError as error:
            raise CannotUse("attach", path, error.strerror) from error
        if path.name in found:
            raise TwoAlike("files", path.name)
        found[path.name] = content
    return list(found.items())


def _answered(workspace: Workspace, text: str) -> tuple[str, str]:
    """Id and thread of the message that is answered."""
    with feed.opened(workspace) as chronicle:
        found = feed.message_of(workspace, chronicle, text)
        return found.id, found.thread


def resolve(workspace: Workspace, state: State, me: Session, to: str) -> Address:
    """Return whom `to` means. Raises `Usage`, `NotFound`."""
    kind, colon, value = to.partition(":")
    if to == "all":
        return Address("all")
    if colon and kind in ("role", "can"):
        if not value:
            raise NamesNobody(to, "role:reviewer" if kind == "role" else "can:postgres")
        return Address("role" if kind == "role" else "can", value)
    if colon and kind == "team":
        if team.read(state, value) is None:
            raise NoSuch("team", printable(value))
        return Address("team", value)
    if session.well_formed(to) and (found := session.read(state, to)) is not None:
        if found.id == me.id:
            raise Oneself()
        return Address("session", found.id, found.name)
    bearers = [item for item in session.every(state) if item.name == to and item.id != me.id]
    alive = [item for item in bearers if not workspace.gone(item)]
    if len(bearers) == 1 or len(alive) == 1:
        return Address("session", (alive or bearers)[0].id, to)
    if bearers and not alive:
        return Address("name", to)
    if bearers:
        raise AmbiguousName(printable(to), [item.id for item in alive])
    return _past(workspace, state, me, to)


def _past(workspace: Workspace, state: State, me: Session, to: str) -> Address:
    """A name that nobody bears now. Raises `NotFound` where nobody ever did, for then it is a slip of the pen."""
    with feed.opened(workspace) as chronicle:
        if session.well_formed(to) and session.ended(state, to) is not None:
            name = feed.called(workspace, chronicle, to)
            raise ReaderOver(to, printable(name) if name != to else "")
        if to and chronicle.last([f"name:{to}"], kinds=["register"]) is not None:
            if to == me.name:
                raise Oneself()
            return Address("name", to)
    import difflib

    near = difflib.get_close_matches(to, [item.name for item in session.every(state)], n=1)
    raise NeverWas(printable(to), printable(near[0]) if near else "")


def reached(workspace: Workspace, state: State, me: Session, address: Address) -> list[Recipient]:
    """Return those whom a message of this session to an address reaches now."""
    return recipients(workspace, [item for item in notification.readers(state, address) if item.id != me.id])


def recipients(workspace: Workspace, found: list[Session]) -> list[Recipient]:
    """How the readers are; what heartbeats say is looked at only where the ledger shows one that is not active."""
    answer = [_recipient(workspace, item, None) for item in found]
    here = all(item.clone == workspace.clone for item in found)  # who died in another clone is not active
    if here and all(one.status == "active" for one in answer):
        return answer
    beats = beat.every(workspace)
    return [_recipient(workspace, item, beats.get(item.id)) for item in found]


def _recipient(workspace: Workspace, item: Session, last: Beat | None) -> Recipient:
    seen = Moment(max(item.last, last.time if last is not None else 0))
    return Recipient(item.id, item.name, holding.status(workspace, item, last), seen)
