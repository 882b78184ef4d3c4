"""Who is left out since the hub refuses what they wrote: announcements until they change, our sessions for good."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.kernel import coordfile, mark

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.ledger.event import Event

FILE = coordfile.QUARANTINE


@dataclass(slots=True)
class Quarantine:
    """The file `quarantine` of the coord directory: clone -> announcement left out, and ids of sessions left out."""

    clones: dict[str, str] = field(default_factory=dict)
    sessions: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, directory: Path) -> Quarantine:
        """What is on record; nothing where the file is missing or damaged: the hub would refuse them again."""
        record = mark.record(directory / FILE)
        clones, sessions = record.get("clones"), record.get("sessions")
        return cls(
            {clone: oid for clone, oid in clones.items() if isinstance(oid, str)} if isinstance(clones, dict) else {},
            [session for session in sessions if isinstance(session, str)] if isinstance(sessions, list) else [],
        )

    def save(self, directory: Path) -> None:
        """Put it on record."""
        mark.put(directory / FILE, json.dumps({"clones": self.clones, "sessions": self.sessions}) + "\n")

    def heeds(self, clone: str, announcement: str) -> bool:
        """Whether an announcement is looked at."""
        return self.clones.get(clone) != announcement

    def without(self, chain: list[Event]) -> list[Event]:
        """A chain without the sessions that are left out."""
        return [item for item in chain if item.session not in self.sessions] if self.sessions else chain
