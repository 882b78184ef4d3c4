"""Who may have read a message: sessions, those that they resumed, and how far each has read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gitcoord.domain.history import feed
from gitcoord.domain.message import cursor
from gitcoord.domain.message.cursor import SHORT, Cursor
from gitcoord.domain.session import record as session
from gitcoord.errors import Unreadable
from gitcoord.ledger import sequence
from gitcoord.policy.ids import NO_OBJECT, SessionId

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitcoord.domain.message.record import Address
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.ledger.state import State

LINEAGE = 100
"""Sessions that resumed one another, at most."""


class Beginning(NamedTuple):
    """When a session began: its second, and its place in the chronicle within that second."""

    time: int
    seq: int


NEVER = Beginning(1 << 62, 0)


def is_since(entry: Entry, beginning: Beginning) -> bool:
    """Whether an event was made, or arrived here, after a session began."""
    return (max(entry.time, entry.arrived), entry.seq) > beginning


class Readers:
    """The readers of this clone's chronicle, asked for one mailbox: what was found out once is kept."""

    def __init__(self, workspace: Workspace, chronicle: Chronicle, state: State) -> None:
        self._workspace = workspace
        self._chronicle = chronicle
        self._state = state
        self._cursors: dict[str, Cursor] = {}
        self._lineages: dict[str, tuple[list[SessionId], Beginning]] = {}
        self._heirs: dict[str, list[SessionId]] = {}
        self._bearers: dict[str, list[SessionId]] = {}
        self._chains: dict[tuple[str, str], set[str]] = {}
        self._true: dict[tuple[str, int, str], bool] = {}

    def cursor(self, reader: SessionId) -> Cursor:
        """How far a session has read."""
        if reader not in self._cursors:
            self._cursors[reader] = cursor.of(self._workspace, self._chronicle, reader)
        return self._cursors[reader]

    def lineage(self, reader: SessionId) -> tuple[list[SessionId], Beginning]:
        """A session and those that it resumed, the youngest first, and when the first of them began."""
        if reader not in self._lineages:
            self._lineages[reader] = self._trace(reader)
        return self._lineages[reader]

    def _trace(self, reader: SessionId) -> tuple[list[SessionId], Beginning]:
        found, since = [reader], NEVER
        while len(found) < LINEAGE:
            begun = self._chronicle.begun(found[-1])
            if begun is None:
                break
            since = min(since, Beginning(begun.time, begun.seq))
            before = feed.event(self._workspace, begun).data.get("resumes")
            if not isinstance(before, str) or not before or before in found:
                break
            found.append(SessionId(before))
        return found, since

    def heirs(self, reader: SessionId) -> list[SessionId]:
        """A session and those that resumed it, or one that did."""
        if reader not in self._heirs:
            found = [reader]
            for name in found:
                later = self._chronicle.about([f"resumes:{name}"], kinds=["register"])
                found += [entry.session for entry in later if entry.session not in found]
                if len(found) > LINEAGE:
                    break
            self._heirs[reader] = found
        return self._heirs[reader]

    def may_yet_read(self, reader: SessionId) -> bool:
        """Whether a session lives, or one that resumed it."""
        living = (session.read(self._state, name) for name in self.heirs(reader))
        return any(one is not None and not self._workspace.gone(one) for one in living)

    def anybody(self, entry: Entry, to: Address, but: Collection[str]) -> bool:
        """Whether somebody, none of `but`, has read a message to this address."""
        term = f"name:{to.name}" if to.kind == "session" else f"{to.kind}:{to.value}"
        if term not in self._bearers:
            bearers = self._chronicle.about([term], kinds=["register"])
            self._bearers[term] = list(dict.fromkeys(item.session for item in bearers))
        readers = self._bearers[term] + (self.heirs(SessionId(to.value)) if to.kind == "session" else [])
        return any(self._has_read(reader, entry, to) for reader in readers if reader not in but)

    def _has_read(self, reader: SessionId, entry: Entry, to: Address) -> bool:
        known = self.cursor(reader)
        if known.has_seen(entry):
            return True
        if to.kind == "session":
            direct = reader in self.heirs(SessionId(to.value))
        else:
            direct = to.kind != "name" and is_since(entry, self.lineage(reader)[1])
        return direct and self.covers(known, entry)

    def covers(self, known: Cursor, entry: Entry) -> bool:
        """Whether a message that was for the reader itself was shown to it."""
        if known.has_seen(entry):
            return True
        number, at = known.read.get(entry.session, 0), known.at.get(entry.session, "")
        if entry.number > number:
            return False
        # A number says it all, unless there are two logs of that session: then it must be the one that was read.
        if self._chronicle.has_forked(entry.session):
            return not at or entry.oid in self._chain(entry.session, at)
        return self._exists(entry.session, number, at)

    def _exists(self, sender: SessionId, number: int, at: str) -> bool:
        """Whether a sender's log has this number at this commit: nobody has read what was not written yet.

        A log at the hub is followed, also where a peer put it there; so an `ack` may say anything.
        """
        asked = (sender, number, at)
        if asked not in self._true:
            found = self._chronicle.numbered(sender, number) if at else None
            self._true[asked] = found is not None and found.oid.startswith(at)
        return self._true[asked]

    def _chain(self, sender: SessionId, at: str) -> set[str]:
        """The commits of a log up to the one whose id begins so."""
        if (sender, at) not in self._chains:
            found: set[str] = set()
            tips = [entry.oid for entry in self._chronicle.about(session=sender) if entry.oid[:SHORT] == at]
            oid = tips[0] if tips else NO_OBJECT
            while oid:
                found.add(oid)
                try:
                    oid = sequence.read_event(self._workspace.ledger.store.objects, oid).parent
                except Unreadable:
                    break
            self._chains[sender, at] = found
        return self._chains[sender, at]
