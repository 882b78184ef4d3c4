"""What came from other clones, as the nouns that react to it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Arrived:
    """Messages came from other clones. `called` returns the name of the session with an id."""

    called: Callable[[SessionId], str]
