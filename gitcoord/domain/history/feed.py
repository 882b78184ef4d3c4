"""The feed: every event known here, as commands ask for it. What each kind is found under is said here."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.domain import reaction
from gitcoord.domain.finding import by_id
from gitcoord.domain.history import event_scopes
from gitcoord.domain.history.facts import Arrived
from gitcoord.domain.message import record as message
from gitcoord.errors import DamagedFile, Unreadable
from gitcoord.ledger import sequence
from gitcoord.ledger.chronicle import FILE, Chronicle
from gitcoord.ledger.fold import META
from gitcoord.policy.ids import RefName, SessionId, StoreOid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gitcoord.domain.message.record import Message
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Entry
    from gitcoord.ledger.event import Event


LONG = 5000
"""Operations of a history that takes so long to read (about a second) that not every caller waits for it."""


@contextmanager
def opened(workspace: Workspace, refs: Mapping[RefName, StoreOid] | None = None) -> Iterator[Chronicle]:
    """The chronicle with everything that is known here by now, for the block.

    `refs` are those of the sessions where the caller has just listed them: that costs a process. Raises `Busy`, also
    where the caller is not patient and a long history has not been read yet.
    """
    chronicle = Chronicle(workspace.place.coord_dir / FILE, event_scopes.terms)
    try:
        if not workspace.patient and not _is_read(workspace, chronicle):
            raise errors.storage.HistoryUnread(_operations(workspace))
        take_in(workspace, chronicle, refs)
        yield chronicle
    finally:
        chronicle.close()


@contextmanager
def told(workspace: Workspace) -> Iterator[Callable[[str], bool]]:
    """Return, for the block, what says whether some message is about a thing, by the thing's key."""
    with opened(workspace) as chronicle:
        yield lambda thing: chronicle.last([f"about:{thing}"], kinds=["message"]) is not None


def hear(workspace: Workspace) -> None:
    """Take in what was fetched, let the sessions of this clone hear of messages from elsewhere, wake who waits."""
    with opened(workspace) as chronicle:
        new = chronicle.unannounced(("message", "ack"))
        foreign = [entry for entry in new if not _is_ours(workspace, chronicle, entry.session)]
        if foreign:
            arrived = Arrived(lambda sender: called(workspace, chronicle, sender))
            reaction.follow(workspace, "message", arrived, [event(workspace, entry) for entry in foreign])
        workspace.ledger.wake()


def is_read(workspace: Workspace) -> bool:
    """Whether the history is here already, or is so short that everybody waits for it."""
    chronicle = Chronicle(workspace.place.coord_dir / FILE, event_scopes.terms)
    try:
        return _is_read(workspace, chronicle)
    finally:
        chronicle.close()


def _is_read(workspace: Workspace, chronicle: Chronicle) -> bool:
    try:
        begun = chronicle.last() is not None
    except DamagedFile:
        begun = False
    return begun or _operations(workspace) < LONG


def _operations(workspace: Workspace) -> int:
    return int((workspace.ledger.state().json(META) or {}).get("operations", 0))


def take_in(workspace: Workspace, chronicle: Chronicle, refs: Mapping[RefName, StoreOid] | None = None) -> None:
    """Bring the chronicle up to date with what is known here; nobody is told of it."""
    heard = {
        SessionId(session): oid
        for name, oid in workspace.agreement.heard().items()
        for session, _, leaf in [name.partition("/")]
        if leaf == "log"
    }
    chronicle.update(workspace.ledger, heard, workspace.clock.now(), workspace.clone, refs)


def _is_ours(workspace: Workspace, chronicle: Chronicle, name: SessionId) -> bool:
    """Whether a session is, or was, of this clone: who sends here tells its readers itself."""
    begun = chronicle.begun(name)
    return begun is not None and event(workspace, begun).data.get("clone") in (workspace.clone, *workspace.former)


def event(workspace: Workspace, entry: Entry) -> Event:
    """The event behind an entry."""
    return sequence.read_event(workspace.ledger.store.objects, entry.oid)


def message_at(workspace: Workspace, entry: Entry) -> Message | None:
    """Return the message behind an entry; None where it is not a message, malformed, or can no longer be read."""
    try:
        return message.readable(event(workspace, entry))
    except Unreadable:
        return None


def called(workspace: Workspace, chronicle: Chronicle, session: SessionId) -> str:
    """The name under which a session registered, also when it is over; its id where that is not known here."""
    begun = chronicle.begun(session)
    name = event(workspace, begun).data.get("name") if begun is not None else ""
    return name if isinstance(name, str) and name else session


def find(chronicle: Chronicle, text: str) -> Entry:
    """The event whose id this is, or begins with. Raises `Usage`, `NotFound`."""
    entries: dict[str, Entry] = {}

    def beginning(start: str) -> list[str]:
        for entry in chronicle.named(start):
            entries.setdefault(entry.id, entry)
        return list(entries)

    return by_id(text, "event", beginning, entries.get)


def message_of(workspace: Workspace, chronicle: Chronicle, text: str) -> Message:
    """The message whose id this is, or begins with. Raises `Usage`, `NotFound`."""
    entry = find(chronicle, text)
    found = message.readable(event(workspace, entry))
    if found is None:
        raise errors.refusal.NoSuch("message", entry.id[:12])
    return found
