"""What happened to shared state, as the nouns that react to it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.session.record import Session
    from gitcoord.policy.ids import EventId


@dataclass(frozen=True, slots=True)
class Asks:
    """Sessions are to acknowledge a write (its id) within some seconds.

    `readers` are they, each with the id of the message that tells it. `subject` and `body` are those of the write.
    """

    readers: Sequence[tuple[Session, EventId]]
    write: str
    subject: str
    body: str
    seconds: int
