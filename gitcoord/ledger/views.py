"""The states of ledger commits, as those see them who only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.ledger import sequence

if TYPE_CHECKING:
    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import StoreOid

MOST = 4
"""States that a process keeps for its readers: those before and after an operation, here and at the hub."""


class Views:
    """The states of ledger commits, each loaded once for all that only read it in this process."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._known: dict[str, State] = {}

    def of(self, tip: StoreOid) -> State:
        """Return the state at a ledger commit. Raises `Unreadable` for what is none."""
        state = self._known.pop(tip, None) or sequence.load(self._objects, tip, sealed=True)
        while len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[tip] = state  # the newest stands last
        return state
