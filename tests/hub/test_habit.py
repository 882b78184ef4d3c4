"""Who takes turns with another clone fetches before it pushes; who works alone, or in a crowd, pushes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.sync import habit

from .test_look import Wire

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub


@pytest.fixture
def wire(pair: tuple[Clone, Clone], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The wire of both clones."""
    one, two = pair
    one.git("config", "coord.autosync", "false")
    found = Wire(tmp_path / "wire", two)
    monkeypatch.setenv("PATH", two.env["PATH"])  # `here` starts git from this process
    return found


def test_taking_turns_costs_a_fetch_and_a_push(pair: tuple[Clone, Clone], wire: Wire) -> None:
    """Once each clone has met the other's writing no push is lost any more, and a refusal is one fetch."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    for turn in range(4):
        for clone, me in ((one, alice), (two, bob)):
            wire.used()
            clone.won(me, f"{me}{turn}")
            assert turn < 2 or wire.used() == ["fetch", "push"]
            clone.release(me, f"{me}{turn}")
    one.won(alice, "f")
    wire.used()
    assert two.claim(bob, "f")["result"] == "refused"
    assert wire.used() == ["fetch"]


def test_who_works_alone_pushes_at_once(pair: tuple[Clone, Clone], wire: Wire) -> None:
    """So it is from the beginning, and again some operations after another clone wrote."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    for number in range(2):
        one.won(alice, f"a{number}")
        assert wire.used() == ["push"]
    two.won(bob, "b")
    one.won(alice, "met")
    wire.used()
    for number in range(habit.QUIET):
        one.won(alice, f"c{number}")
        assert wire.used() == ["fetch", "push"]
    for number in range(2):
        one.won(alice, f"d{number}")
        assert wire.used() == ["push"]


def test_a_look_that_met_others_counts(pair: tuple[Clone, Clone], wire: Wire) -> None:
    """What a command that only reads found of others is known when something is written."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "b")
    one.looked(3 * 86400)
    one.here("claims", session=alice, check=True)
    wire.used()
    one.won(alice, "a")
    assert wire.used() == ["fetch", "push"]


def test_with_the_hub_away_nothing_is_fetched_in_vain(pair: tuple[Clone, Clone], hub: Hub, wire: Wire) -> None:
    """The first command that looks ahead finds out; it and the others record what they were asked for."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "a")
    two.won(bob, "b")
    hub.away()
    wire.used()
    assert two.claim(bob, "c")["confirmed"] is False
    assert wire.used() == ["fetch"]
    assert two.claim(bob, "d")["confirmed"] is False
    assert wire.used() == []


def test_a_crowd_is_met_with_a_push(tmp_path: Path) -> None:
    """Several others at the same moment are a crowd; the same several, one after the other, take turns."""
    at_once = dict.fromkeys("abcd", 1_000)
    habit.found_others(tmp_path, at_once, 1_000 + habit.MOMENT)
    assert not habit.expects_others(tmp_path)
    habit.found_others(tmp_path, {**at_once, "a": 900}, 1_000)
    assert habit.expects_others(tmp_path)
    habit.found_others(tmp_path, at_once, 1_001 + habit.MOMENT)
    assert habit.expects_others(tmp_path)


def test_a_damaged_file_is_like_none(tmp_path: Path) -> None:
    """Then nobody is expected, as in a new clone."""
    assert not habit.expects_others(tmp_path)
    (tmp_path / habit.FILE).write_text("much\n")
    assert not habit.expects_others(tmp_path)
    habit.found_others(tmp_path, {"a": 5}, 0)
    assert habit.expects_others(tmp_path)
    for _ in range(habit.QUIET):
        assert habit.expects_others(tmp_path)
        habit.found_nobody(tmp_path)
    assert not habit.expects_others(tmp_path)


def test_a_claim_that_insists_on_the_hub_looks_once(pair: tuple[Clone, Clone], wire: Wire) -> None:
    """`--confirmed` meets the hub before it decides: there is nothing more to look at before it is recorded."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "b")
    one.won(alice, "a")
    wire.used()
    for scope, used in (("c", ["fetch", "push"]), ("b", ["fetch"])):
        one.here("claim", scope, "--confirmed", "--json", session=alice)
        assert wire.used() == used
