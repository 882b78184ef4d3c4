"""Leases at the hub: what a holder knows of its own claims once its lease has run out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.commands import look, renew
from gitcoord.domain.identity import named
from gitcoord.policy.lease import LEASE

if TYPE_CHECKING:
    from conftest import ManualClock

    from .conftest import Clone, Hub


@pytest.mark.parametrize("away", [True, False])
def test_own_claims_are_provisional_after_the_lease(
    pair: tuple[Clone, Clone], hub: Hub, clock: ManualClock, away: bool
) -> None:
    """After its lease a clone does not call its own claims confirmed, until a renewal reached the hub."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    two.sync()
    here, there = one.workspace(clock), two.workspace(clock)

    def confirmed() -> list[bool]:
        return [item.confirmed for opened in (here, there) for item in look.claims(opened, ()).claims]

    clock.pass_by(LEASE - 10)
    assert confirmed() == [True, True]
    clock.pass_by(20)
    assert confirmed() == [False, True]  # the other only knows what the hub said
    assert look.claims(here, ()).claims[0].token is None
    if away:
        hub.away()
    renewed = renew.renew(here, named(here.ledger.state(), alice), (), 0)
    assert [item.confirmed for item in renewed.claims] == [not away]
    assert confirmed() == [not away, True]
    for opened in (here, there):
        opened.ledger.store.close()
