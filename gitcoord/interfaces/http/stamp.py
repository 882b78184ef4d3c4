"""What an answer depends on, told without making it: the ledger's tip, and every other ref of ours."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from gitcoord.errors import CoordError
from gitcoord.kernel.refname import LEDGER

if TYPE_CHECKING:
    from gitcoord.kernel.place import Place


def stamp(place: Place) -> tuple[str, str]:
    """Return the ledger's tip and a digest of the other refs, logs, signs of life and the hub's; '' for no ledger."""
    try:
        out = place.store_git.text(
            "for-each-ref", "--format=%(refname) %(objectname)", "refs/coord", "refs/coord-remote"
        )
    except (CoordError, OSError):
        return "", ""
    tip = next((line.partition(" ")[2] for line in out.splitlines() if line.startswith(f"{LEDGER} ")), "")
    return tip, hashlib.sha256(out.encode()).hexdigest()
