"""A hostile peer: writes whatever git can store, and pushes it where gitcoord looks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from gitcoord.domain.kinds import KINDS
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.objects import EMPTY_TREE, Objects
from gitcoord.ledger import commit, event, sequence
from gitcoord.ledger.event import Draft, Event
from gitcoord.policy.ids import NO_OBJECT, EventId, SessionId, StoreOid

if TYPE_CHECKING:
    from .conftest import Clone

MAIL = "evil@example.com"


class Peer:
    """Works in a clone of its own, past gitcoord."""

    def __init__(self, clone: Clone) -> None:
        self.clone = clone
        self.objects = Objects(str(clone.top / ".git"), Journal(clone.coord, fsync=False))
        self.time = int(clone.git("log", "-1", "--format=%ct", clone.ledger))

    def look(self) -> StoreOid:
        """Fetch the hub's ledger; returns its newest commit."""
        self.clone.git("fetch", "-q", "origin", "+refs/coord/ledger:refs/evil/ledger")
        return StoreOid(self.clone.ref("refs/evil/ledger"))

    def push(self, oid: str, ref: str) -> None:
        """Put any object under a ref of the hub, whatever was there."""
        self.clone.git("push", "-q", "origin", f"+{oid}:{ref}")

    def drop(self, ref: str) -> None:
        """Delete a ref of the hub."""
        self.clone.git("push", "-q", "origin", f":{ref}", check=False)

    def event(self, session: str, kind: str, data: dict[str, Any] | None = None, after: Event | None = None) -> Event:
        """A sound event commit."""
        content = event.encode(
            Draft(kind, f"{kind} it", data or {}),
            session=SessionId(session),
            number=after.number + 1 if after else 1,
            event_id=EventId(uuid.uuid4().hex),
            time=self.time,
            mail=MAIL,
            parent=after.oid if after else NO_OBJECT,
        )
        return event.decode(self.objects.write("commit", content), content)

    def session(self, data: dict[str, Any] | None = None) -> Event:
        """The register event of a session of its own."""
        name = f"evil-{uuid.uuid4().hex[:8]}"
        return self.event(name, "register", {"clone": "evil", "name": name, **(data or {})})

    def ledger_commit(
        self,
        base: StoreOid,
        logs: tuple[StoreOid, ...] = (),
        trailers: tuple[tuple[str, str], ...] = (),
        *,
        tree: StoreOid = NO_OBJECT,
        time: int = 0,
    ) -> StoreOid:
        """A sequencing commit with whatever is said; by default its tree is that of its first parent."""
        tree = tree or commit.decode(self.objects.expect(base, "commit")).tree
        parents = (base, *logs) if base else logs
        marked = (("Coord-Ledger", "1"), *trailers)
        record = commit.Commit(tree, parents, "evil", MAIL, time or self.time, "do evil", "", marked)
        return self.objects.write("commit", record.encode())

    def announced(self, base: StoreOid, *events: Event) -> StoreOid:
        """A commit such as one announces, that says to have accepted these events of one log."""
        trailers = tuple(("Coord-Verdict", f"{number} {item.id} accepted") for number, item in enumerate(events, 99))
        return self.ledger_commit(base, (events[-1].oid,), trailers)

    def honest(self, base: StoreOid, *events: Event) -> StoreOid:
        """A sequencing commit as it should be."""
        return sequence.resequence(
            self.objects, base, [list(events)], sequence.Signature("evil", MAIL, self.time), KINDS
        )[0]

    def raw(self, kind: str, content: bytes) -> StoreOid:
        """Any object, sound or not."""
        return StoreOid(self.clone.write(kind, content))

    def raw_event(self, message: bytes, *parents: str, tree: str = EMPTY_TREE, who: bytes = b"") -> StoreOid:
        """A commit with any message."""
        who = who or b"evil <e@x> %d +0000" % self.time
        head = b"tree %s\n" % tree.encode() + b"".join(b"parent %s\n" % oid.encode() for oid in parents)
        return self.raw("commit", head + b"author " + who + b"\ncommitter " + who + b"\n\n" + message)
