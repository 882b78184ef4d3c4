"""Ledgers without refs, for the tests of this directory: chains of events are built, sequenced and checked."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pygit2

from gitcoord.domain.kinds import KINDS
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.objects import Objects
from gitcoord.ledger import event, sequence
from gitcoord.ledger.event import Draft, Event
from gitcoord.policy.ids import NO_OBJECT, EventId, SessionId, StoreOid

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.ledger.sequence import Sequenced

NOW = 1_700_000_000


class Rig:
    """An object database with a ledger's first commit, and the logs of sessions."""

    def __init__(self, directory: Path) -> None:
        pygit2.init_repository(str(directory), bare=True)
        self.directory = directory
        self.objects = Objects(str(directory), Journal(directory, fsync=False))
        self.first = sequence.begin(self.objects, "0" * 32, "tester", "t@example.com", NOW)
        self.logs: dict[str, Event] = {}

    def event(
        self,
        who: str,
        kind: str,
        data: dict[str, Any] | None = None,
        *,
        after: Event | None = None,
        time: int = NOW,
        id: str = "",
    ) -> Event:
        """The next event of a session's log, or the one that follows `after`."""
        before = after or self.logs.get(who)
        draft = Draft(kind, f"{kind} by {who}", data or {})
        content = event.encode(
            draft,
            session=SessionId(session_id(who)),
            number=before.number + 1 if before else 1,
            event_id=EventId(id or uuid.uuid4().hex),
            time=time,
            mail="t@example.com",
            parent=before.oid if before else NO_OBJECT,
        )
        made = event.decode(self.objects.write("commit", content), content)
        self.logs[who] = made
        return made

    def register(self, who: str, **data: Any) -> Event:
        """The first event of a session."""
        return self.event(who, "register", {"clone": "here", "name": who, **data})

    def claim(self, who: str, path: str, **data: Any) -> Event:
        """A claim of one path."""
        return self.event(who, "claim", {"scopes": [{"directory": path}], **data})

    def take(self, who: str, path: str, victim: Event, evidence: str) -> Event:
        """A take of one claim."""
        takes = [{"id": victim.id, "session": victim.session, "evidence": evidence}]
        return self.event(who, "take", {"scopes": [{"directory": path}], "takes": takes})

    def sequence(self, base: StoreOid, *chains: list[Event], now: int = NOW) -> tuple[StoreOid, list[Sequenced]]:
        """Sequence chains on a ledger."""
        return sequence.resequence(
            self.objects, base, chains, sequence.Signature("tester", "t@example.com", now), KINDS
        )

    def verify(self, tip: StoreOid) -> list[str]:
        """What is wrong with the ledger's commits, newest first."""
        chain = sequence.first_parents(self.objects, tip)
        found = [sequence.verify(self.objects, oid, record, KINDS) for oid, record in chain if record.parents]
        return [said for said in found if said]


def session_id(who: str) -> str:
    """A session's id made of a short name."""
    return f"{who}-{uuid.uuid5(uuid.NAMESPACE_OID, who).hex[:8]}"
