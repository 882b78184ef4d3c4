"""What happened to claims, as the nouns that react to it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope


@dataclass(frozen=True, slots=True)
class Victim:
    """Whose claim was taken over, what was in it, and on what evidence."""

    holder: Session
    scopes: tuple[Scope, ...]
    evidence: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A session (its id) took over claims of others."""

    taker: SessionId
    victims: Sequence[Victim]
    why: str


@dataclass(frozen=True, slots=True)
class Freed:
    """A session released scopes; `done` says what it did with them. `state` is the one after that."""

    state: State
    session: Session
    scopes: tuple[Scope, ...]
    done: str


@dataclass(frozen=True, slots=True)
class Waits:
    """A session is about to wait in line for scopes of these holders (ids), until a time at most."""

    scopes: tuple[Scope, ...]
    until: int
    why: str
    holders: Collection[SessionId]
