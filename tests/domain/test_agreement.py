"""When a record is as the hub confirmed it."""

from __future__ import annotations

import pytest

from gitcoord.dataclass import replace
from gitcoord.domain.agreement import same
from gitcoord.domain.barrier.record import Barrier
from gitcoord.domain.handoff.record import Offer
from gitcoord.policy.ids import NOBODY, SessionId

BARRIER = Barrier("1" * 32, 7, "parts", SessionId("ann-1a2b3c4d"), "ann", 5, ({},))

ANN, BOB = SessionId("ann-1a2b3c4d"), SessionId("bob-1a2b3c4d")
OFFER = Offer(
    "3" * 32,
    ANN,
    ANN,
    NOBODY,
    "",
    5,
    99,
    "manual",
    "",
    (),
    (),
    status="accepted",
    taker=BOB,
)


def test_everything_but_the_number_of_the_operation_counts() -> None:
    """What is sequenced again gets another number; who closed it, and all else, has to be the same."""
    assert same(BARRIER, BARRIER)
    assert same(BARRIER, replace(BARRIER, number=9))
    assert not same(None, BARRIER)
    for other in ({"closed_by": "bob-1a2b3c4d"}, {"until": 99}, {"status": "cancelled"}, {"task": "2" * 32}):
        assert not same(BARRIER, replace(BARRIER, **other)), other


@pytest.mark.parametrize("taker", ["bob-1a2b3c4d", "cleo-1a2b3c4d"])
def test_an_offer_that_another_session_accepted_is_another_one(taker: str) -> None:
    """That it is accepted here and at the hub does not say that it is accepted by the same session."""
    assert same(replace(OFFER, taker=SessionId(taker)), OFFER) is (taker == OFFER.taker)
