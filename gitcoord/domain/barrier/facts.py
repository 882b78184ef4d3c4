"""What happened to barriers, as the nouns that react to it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from gitcoord.domain.barrier.record import Barrier
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Complete:
    """A session (its id) arrived last at a barrier; `state` is the one after that."""

    session: SessionId
    barrier: Barrier
    state: State
