"""What `metrics` counts of handoffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board import figure
from gitcoord.domain.board.figure import Life
from gitcoord.domain.handoff import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.figure import Choice, Figure
    from gitcoord.ledger.state import State


def figures(state: State, choice: Choice) -> Iterator[Figure]:
    """The offers that a session made, got or took; a response is that one was accepted or declined.

    They have no type: where one is asked for, none is counted.
    """
    offers = [] if choice.type else [*record.standing(state), *record.over(state)]
    offers = [one for one in offers if one.made >= choice.since and choice.of(one.giver, one.to, one.taker)]
    if offers:
        yield figure.of("handoffs", map(_life, offers), "accepted")


def _life(offer: record.Offer) -> Life:
    responded = offer.closed if offer.status in ("accepted", "declined") else 0
    return Life(offer.made, responded, offer.closed, offer.status if offer.closed else "")
