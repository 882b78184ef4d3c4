"""What the radar found, as the nouns that react to it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.session.record import Session
    from gitcoord.policy.ids import SessionId


class Concerned(NamedTuple):
    """A session that is to hear of a collision: in a sentence, and by what that is found again."""

    session: Session
    sentence: str
    about: str


@dataclass(frozen=True, slots=True)
class Collides:
    """Work collides, as a session (its id) found."""

    session: SessionId
    concerned: Sequence[Concerned]
