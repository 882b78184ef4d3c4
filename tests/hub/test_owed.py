"""What a command answered as provisional: the answer says so, and the next contact brings it to the hub."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Clone, Hub


@pytest.fixture
def holders(pair: tuple[Clone, Clone], hub: Hub) -> tuple[str, str]:
    """Ana, who released `docs`, and bob, who ended with `src` in hand, while the hub was away; it is back."""
    one, _ = pair
    ana, bob = one.start("ana"), one.start("bob")
    one.won(ana, "docs", "kept")
    one.won(bob, "src")
    one.sync()
    hub.away()
    released = one.here("release", "docs", session=ana, check=True)
    assert released.out == "released docs, provisional until the hub confirms it\n"
    ended = one.here("end", session=bob, check=True)
    assert ended.out == "ended bob, released src, provisional until the hub confirms it\n"
    hub.back()
    one.forget_away()
    return ana, bob


def long_ago(clone: Clone, *names: str) -> None:
    """Let the last attempts be so long ago that the next one is made, but not the minute of `coord.syncEvery`."""
    for name in names:
        before = (clone.coord / name).stat().st_mtime
        os.utime(clone.coord / name, (before - 20, before - 20))


def test_claim_brings_what_is_owed(pair: tuple[Clone, Clone], holders: tuple[str, str]) -> None:
    """The next operation of any session carries the release and the end, and their scopes are free elsewhere."""
    one, two = pair
    one.won(holders[0], "other")
    two.won(two.start("cleo"), "docs", "src")
    assert two.claim(two.start("dan"), "kept")["result"] == "refused"


def test_next_command_brings_what_is_owed(pair: tuple[Clone, Clone], holders: tuple[str, str]) -> None:
    """It does not wait for the next regular exchange: a command that records nothing is followed by a contact."""
    one, two = pair
    long_ago(one, "hub-owed", "synced")
    one.here("whoami", session=holders[0], check=True)
    assert one.confirmed == one.ledger
    two.won(two.start("cleo"), "docs", "src")


def test_no_command_brings_anything_without_autosync(
    pair: tuple[Clone, Clone], holders: tuple[str, str], hub: Hub
) -> None:
    """A look only fetches; where nothing is to be exchanged unasked, what is owed waits for an operation or a sync."""
    one, two = pair
    one.git("config", "coord.autosync", "false")
    one.looked(3600 * 48)
    before = hub.ledger
    one.here("check", "docs", session=holders[0])
    assert (hub.ledger, one.confirmed) == (before, before)
    one.sync()
    two.won(two.start("cleo"), "docs", "src")


def test_busy_hub_is_not_asked_again_at_once(pair: tuple[Clone, Clone], holders: tuple[str, str]) -> None:
    """After an attempt a command that comes at once does not wait for another one."""
    one, _ = pair
    before = one.confirmed
    one.here("whoami", session=holders[0], check=True)
    assert one.confirmed == before


def test_rule_that_the_hub_does_not_know(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """The value stands alone on standard output, for programs; the warning says that only this clone knows it."""
    one, two = pair
    ana = one.start("ana")
    one.won(ana, "docs")
    hub.away()
    for command in (("rules", "max-files", "7"), ("rules", "max-files")):
        ran = one.here(*command, session=ana, check=True)
        assert (ran.out.splitlines()[0], "max-files, provisional" in ran.err) == ("max-files = 7", True), ran.err
    hub.back()
    one.forget_away()
    one.won(ana, "other")
    assert one.here("rules", "max-files", session=ana).err == ""
    two.sync()
    assert two.here("rules", "max-files", check=True).out == "max-files = 7\n"


def test_hub_that_was_never_met_confirms_no_rule(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Also a rule at its default is provisional: nobody knows what the hub has."""
    one, _ = pair
    one.git("update-ref", "-d", "refs/coord-remote/origin/ledger")
    hub.away()
    assert one.here("rules", "person", "--json").json["confirmed"] is False
