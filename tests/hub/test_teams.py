"""Roles and teams across clones: the hub's order decides, whatever a clone had heard of by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def do(clone: Clone, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return clone.here(*words, "--json", session=session, check=True).json


def refused(clone: Clone, session: str, *words: str) -> str:
    """Run a command, which must be refused; returns the reason."""
    ran = clone.here(*words, "--json", session=session)
    assert ran.status == 1, ran.out
    return str(ran.json["reason"])


def builder(clone: Clone, name: str) -> str:
    """Start a session with a role; returns its id."""
    return str(do(clone, "", "start", name, "--role", "builder")["session"])


def test_a_claim_that_comes_behind_a_change_of_rights_is_refused(pair: tuple[Clone, Clone]) -> None:
    """The clone of the session has not heard of the change; what the hub had before it stays."""
    one, two = pair
    alice, bob = one.start("alice"), builder(two, "bob")
    two.won(bob, "docs")
    do(one, alice, "rules", "role", "builder", "claim=docs/**")
    two.forget_others()  # so that it pushes before it looks
    answer = two.claim(bob, "src")
    assert (answer["result"], answer["reason"]) == ("refused", "forbidden")
    assert "role builder" in answer["message"]
    for clone in pair:
        clone.sync()
        assert clone.holders() == {"docs": "bob"}


def test_rights_bind_what_was_provisional(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """Claimed while the hub was away, and lost when it is back, since the role lost the right meanwhile."""
    one, two = pair
    alice, bob = one.start("alice"), builder(two, "bob")
    two.won(bob, "docs")
    hub.away()
    answer = two.claim(bob, "src")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    hub.back()
    do(one, alice, "rules", "role", "builder", "claim=docs/**")
    two.forget_away()
    two.sync()
    assert two.holders() == {"docs": "bob"}


def test_of_two_teams_of_one_name_the_hub_has_the_first(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """Made in two clones while the hub was away; the roles of the one that came second are nobody's."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "a")
    two.won(bob, "b")
    hub.away()
    for clone, session, role in ((one, alice, "builder"), (two, bob, "checker")):
        made = do(clone, session, "team", "create", "login", "--member", f"{session}:{role}")
        assert made["confirmed"] is False
    hub.back()
    for clone in (one, two, one):
        clone.forget_away()
        clone.sync()
    shown = [do(clone, session, "team", "show", "login")["teams"] for clone, session in ((one, alice), (two, bob))]
    assert shown[0] == shown[1]
    (member,) = shown[0][0]["members"]
    roles = {item["id"]: item["role"] for item in do(one, alice, "sessions")["sessions"]}
    assert (member["session"], roles[member["session"]]) in ((alice, "builder"), (bob, "checker"))
    assert roles[alice if member["session"] == bob else bob] == ""


def test_of_two_that_take_the_last_seat_one_has_it(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """The other one joins without a role that nobody bears yet, or is refused; never both in one seat."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "b")
    do(one, alice, "team", "create", "login", "--roles", "checker")
    two.sync()
    carol = one.start("carol")
    hub.away()
    do(one, carol, "team", "join", "login")
    do(two, bob, "team", "join", "login")
    hub.back()
    for clone in (one, two, one):
        clone.forget_away()
        clone.sync()
    (team,) = do(one, alice, "team", "show", "login")["teams"]
    assert team["seats"] == []
    assert [member["role"] for member in team["members"]].count("checker") == 1
    assert do(two, bob, "team", "show", "login")["teams"] == [team]


@pytest.mark.slow
def test_names_that_only_the_hub_knows_yet_are_found(pair: tuple[Clone, Clone]) -> None:
    """A session or a team of another clone is asked for by name before this clone has heard of it."""
    one, two = pair
    alice = one.start("alice")
    for name, words in (
        ("ben", ("team", "create", "first", "--member", "ben:checker")),
        ("cleo", ("send", "cleo", "hello")),
        ("dora", ("halt", "-m", "x", "--only", "dora")),
        ("emil", ("handoff", "offer", "emil")),
    ):
        two.won(two.start(name), name)
        do(one, alice, *words)
    do(one, alice, "resume")
    assert refused(one, alice, "team", "create", "other", "--member", "nobody:checker") == "not_found"
    for name in ("second", "third"):
        do(two, "ben", "team", "create", name, "--member", "cleo")
        do(one, alice, "team", "send" if name == "second" else "end", name, *(["hello"] if name == "second" else []))
