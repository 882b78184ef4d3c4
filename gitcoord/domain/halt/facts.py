"""What happened to halts, as the nouns that react to it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from gitcoord.domain.halt.record import Halt
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Called:
    """A session (its id) called a halt; `state` is the one after that."""

    session: SessionId
    halt: Halt
    state: State


@dataclass(frozen=True, slots=True)
class Over:
    """A session (its id) ended the halts that stood, and says why."""

    session: SessionId
    why: str
