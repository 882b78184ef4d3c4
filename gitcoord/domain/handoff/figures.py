"""What `metrics` counts of handoffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board import figure
from gitcoord.domain.board.figure import Life
from gitcoord.domain.handoff import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.figure import Figure
    from gitcoord.ledger.state import State


def figures(state: State, since: int) -> Iterator[Figure]:
    """The offers that were made since a time, in seconds; a response is that one was accepted or declined."""
    offers = [offer for offer in (*record.standing(state), *record.over(state)) if offer.made >= since]
    if offers:
        yield figure.of("handoffs", map(_life, offers), "accepted")


def _life(offer: record.Offer) -> Life:
    responded = offer.closed if offer.status in ("accepted", "declined") else 0
    return Life(offer.made, responded, offer.closed, offer.status if offer.closed else "")
