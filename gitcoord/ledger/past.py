"""The ledger as it was at one of its commits, to read only: whoever writes does so on the ledger as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.ledger.ledger import Ledger

if TYPE_CHECKING:
    from gitcoord.policy.ids import StoreOid


class Past(Ledger):
    """The ledger with a commit of it for its tip."""

    def __init__(self, ledger: Ledger, commit: StoreOid) -> None:
        super().__init__(ledger.store, ledger.kinds, ledger.clock, ledger.ids, ledger.mail)
        self._commit = commit

    def tip(self) -> StoreOid:
        """The commit."""
        return self._commit
