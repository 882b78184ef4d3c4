"""Leases at the hub: what a holder knows of its own claims once its lease has run out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.board import look
from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import renew
from gitcoord.domain.session import retire, start
from gitcoord.domain.session.identity import named
from gitcoord.errors import Refused
from gitcoord.policy.lease import LEASE, SKEW
from gitcoord.policy.scope import Scope
from gitcoord.setup.hub import examine_hub
from gitcoord.sync import clocks
from gitcoord.sync.grace import GRACE

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import ManualClock

    from gitcoord.domain.workspace import Workspace

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
    renewed = renew.renew(here, named(here, here.ledger.state(), alice), (), 0)
    assert [item.confirmed for item in renewed.claims] == [not away]
    assert confirmed() == [not away, True]
    for opened in (here, there):
        opened.ledger.store.close()


def ask(workspace: Workspace, who: str) -> claim.Answer:
    """Claim f as this session."""
    me = named(workspace, workspace.ledger.state(), who)
    return claim.acquire(workspace, me, claim.Request((Scope("directory", "f"),)))


def renewed(workspace: Workspace, who: str) -> None:
    """Renew the lease of this session."""
    renew.renew(workspace, named(workspace, workspace.ledger.state(), who), (), 0)


def test_a_takeover_from_another_clone_is_patient(pair: tuple[Clone, Clone], hub: Hub, clock: ManualClock) -> None:
    """After lease and skew the hub is met twice, a grace apart; a renewal in between begins the patience anew."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    here, there = one.workspace(clock), two.workspace(clock)
    clock.pass_by(LEASE + SKEW + 10)
    assert ask(there, bob).result == "refused"
    clock.pass_by(GRACE - 5)
    assert ask(there, bob).result == "refused"
    renewed(here, alice)
    clock.pass_by(10)
    assert ask(there, bob).result == "refused"
    clock.pass_by(LEASE + SKEW)
    assert ask(there, bob).result == "refused"
    clock.pass_by(GRACE)
    answer = ask(there, bob)
    assert (answer.result, [item.name for item in answer.took_over]) == ("won", ["alice"])
    assert there.agreement.warnings == []
    for opened in (here, there):
        opened.ledger.store.close()


def test_a_retirement_from_another_clone_is_patient(pair: tuple[Clone, Clone], hub: Hub, clock: ManualClock) -> None:
    """To end somebody's session asks for the same as to take its claim: two meetings with the hub, a grace apart."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    there = two.workspace(clock)
    me = named(there, there.ledger.state(), bob)
    clock.pass_by(LEASE + SKEW + 10)
    for seconds in (0, GRACE - 5):
        clock.pass_by(seconds)
        with pytest.raises(Refused, match="may be alive"):
            retire.retire(there, me, (alice,), every_gone=False)
    clock.pass_by(5)
    there.agreement.refresh()
    assert retire.retire(there, me, (alice,), every_gone=False).retired == [alice]
    assert two.holders() == {}
    there.ledger.store.close()


def test_who_has_the_wrong_time_takes_nothing_over(pair: tuple[Clone, Clone], hub: Hub, clock: ManualClock) -> None:
    """A clone whose clock is far ahead, as the renewal of the holder shows, robs nobody, and says why; for a while."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    fast = type(clock)()
    fast.time = clock.time + 2 * LEASE
    here, there = one.workspace(clock), two.workspace(fast)
    there.agreement.refresh()
    for each in (clock, fast):
        each.pass_by(10)
    renewed(here, alice)
    assert ask(there, bob).result == "refused"
    for each in (clock, fast):
        each.pass_by(GRACE + 1)
    assert ask(there, bob).result == "refused"
    (doubt,) = there.agreement.warnings
    assert doubt.startswith("the clock here is 59 min or more ahead of that of 1 of 1 other clones")
    findings = {item.name: item for item in examine_hub(there, full=False)}
    assert (findings["clock"].ok, findings["clock"].message) == (False, doubt)
    fast.pass_by(clocks.FRESH)
    there.agreement.refresh()
    assert ask(there, bob).result == "won"  # nothing fresh speaks against it any more
    assert "clock" not in {item.name for item in examine_hub(there, full=False)}
    for opened in (here, there):
        opened.ledger.store.close()


def test_the_command_says_that_the_clock_is_wrong(pair: tuple[Clone, Clone], hub: Hub, clock: ManualClock) -> None:
    """A refused claim has the doubt among its warnings."""
    one, two = pair
    bob = two.start("bob")
    clock.pass_by(-2 * LEASE)
    here = one.workspace(clock)
    two.sync()
    assert ask(here, start.start(here, start.Request(name="alice")).session).result == "won"
    two.git("config", "coord.grace", "1s")
    for _ in range(2):
        answer = two.claim(bob, "f")
        assert answer["result"] == "refused"
        met = int((two.coord / "hub-met").read_text())
        (suspect,) = (two.coord / "suspects").iterdir()
        suspect.write_text(json.dumps(json.loads(suspect.read_text()) | {"first": met - 10}))
    assert [text for text in answer["warnings"] if text.startswith("the clock here is")]
    here.ledger.store.close()


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({}, ""),
        ({"a": 1000}, ""),
        ({"a": 879}, "2 min or more ahead of that of 1 of 1"),
        ({"a": 880}, ""),
        ({"a": 1180}, ""),
        ({"a": 1181}, "2 min or more behind that of 1 of 1"),
        ({"a": 500, "b": 1030}, ""),
        ({"a": 500, "b": 700, "c": 1030}, "5 min or more ahead of that of 2 of 3"),
        ({"a": 500, "b": 2000, "c": 1030}, "8 min or more ahead of that of 2 of 3"),
    ],
)
def test_most_decide(tmp_path: Path, times: dict[str, int], said: str) -> None:
    """What came between two meetings bears a time between them, within the tolerance; it takes most to doubt ours."""
    clocks.observe(tmp_path, times, met=1000, now=1060)
    told = clocks.disagreement(tmp_path, now=1060, skew=120)
    assert told.startswith(f"the clock here is {said} other clones") if said else told == ""


def test_old_news_are_no_news(tmp_path: Path) -> None:
    """What was heard longer ago than a lease counts no more, nor does a file that is damaged."""
    clocks.observe(tmp_path, {"a": 1}, met=1000, now=1060)
    assert clocks.disagreement(tmp_path, now=1060 + clocks.FRESH, skew=120)
    assert not clocks.disagreement(tmp_path, now=1061 + clocks.FRESH, skew=120)
    clocks.observe(tmp_path, {"b": 5000}, met=5000, now=5000)
    assert "1 of 1" not in clocks.disagreement(tmp_path, now=5000, skew=120)
    for content in ("", "[]", '{"a": 1}', '{"a": [1]}', '{"a": ["x", 1]}', "{"):
        (tmp_path / clocks.FILE).write_text(content)
        assert clocks.disagreement(tmp_path, now=1060, skew=120) == ""
