"""Who is left out since the hub refuses what they wrote: announcements until they change, our sessions for good."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.ledger.event import Event

FILE = "quarantine"


@dataclass(slots=True)
class Quarantine:
    """The file `quarantine` of the coord directory: clone -> announcement left out, and ids of sessions left out."""

    clones: dict[str, str] = field(default_factory=dict)
    sessions: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, directory: Path) -> Quarantine:
        """What is on record; nothing where the file is missing or damaged: the hub would refuse them again."""
        try:
            record = json.loads((directory / FILE).read_text())
            return cls(dict(record["clones"]), list(record["sessions"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def save(self, directory: Path) -> None:
        """Put it on record."""
        hidden = directory / f".{FILE}"
        hidden.write_text(json.dumps({"clones": self.clones, "sessions": self.sessions}) + "\n")
        hidden.replace(directory / FILE)

    def heeds(self, clone: str, announcement: str) -> bool:
        """Whether an announcement is looked at."""
        return self.clones.get(clone) != announcement

    def without(self, chain: list[Event]) -> list[Event]:
        """A chain without the sessions that are left out."""
        return [item for item in chain if item.session not in self.sessions] if self.sessions else chain
