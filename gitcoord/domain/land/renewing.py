"""Claims that whoever lands renews: nobody is asked to renew a place in line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.land.line import KIND, LAND, URGENT

if TYPE_CHECKING:
    from gitcoord.domain.claim.record import Claim


def renews(item: Claim) -> bool:
    """Return whether a claim is a place in line."""
    branches = all(one.kind == "name" and one.text.startswith(f"{KIND}:") for one in item.scopes)
    return item.shared and branches and item.why.startswith((LAND, URGENT))
