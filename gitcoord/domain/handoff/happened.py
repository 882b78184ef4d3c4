"""What happened to the work of a session, as the nouns that react to it are told. Sessions are ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from gitcoord.domain.handoff.record import Offer
    from gitcoord.domain.session.record import Session
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Offered:
    """A session offers work to `target`, or to the next one that comes, for so many seconds."""

    session: SessionId
    target: Session | None
    context: str
    offer: str
    stands: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A session accepted an offer, or declined it and says why."""

    session: SessionId
    offer: Offer
    why: str = ""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A session took an offer back that was for `target`, and says why."""

    session: SessionId
    offer: Offer
    target: Session
    why: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """A session adopted the work of another one of the same user, which lives."""

    session: SessionId
    victim: Session
