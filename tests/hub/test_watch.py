"""`watch` and `log` across clones: what others say arrives, and a verdict that the hub changed is told."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from gitcoord.domain.history import watch

if TYPE_CHECKING:
    import pytest

    from .conftest import Clone, Hub


def shown(clone: Clone, *words: str) -> list[dict[str, Any]]:
    """What a watcher shows from an event on."""
    ran = clone.here("watch", "--json", "--for", "1s", *words, check=True)
    return [json.loads(line) for line in ran.out.split("\n") if line]


def newest(clone: Clone) -> str:
    """The id of the newest event that a clone knows."""
    return str(clone.here("log", "--limit", "1", "--json", check=True).json["events"][0]["id"])


def test_what_another_clone_says_is_shown_after_a_sync(pair: tuple[Clone, Clone]) -> None:
    """Messages and claims of another clone are events here as soon as they are here, once."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "src")
    two.won(bob, "docs")
    two.sync()
    last = newest(two)
    one.here("send", "bob", "hello", "-m", "there", session=alice, check=True)
    one.sync()
    two.sync()
    (said,) = shown(two, "--since", last)
    assert (said["kind"], said["name"], said["subject"], said["body"]) == ("message", "alice", "hello", "there")
    two.sync()
    assert shown(two, "--since", said["id"]) == []
    claimed = [item for item in two.here("log", "--json").json["events"] if item["kind"] == "claim"]
    assert {(item["name"], item["confirmed"]) for item in claimed} == {("alice", True), ("bob", True)}


def test_a_watcher_asks_the_hub_by_itself(pair: tuple[Clone, Clone], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody syncs here: the watcher hears of it all the same."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "src")
    two.won(bob, "docs")
    last = newest(two)
    one.here("send", "all", "hello", session=alice, check=True)
    one.sync()
    monkeypatch.setattr(watch, "HUB_EVERY", 0.2)
    ran = two.here("watch", "--json", "--since", last, "--kind", "message", "--limit", "1", "--for", "20s", check=True)
    assert json.loads(ran.out)["subject"] == "hello"


def test_a_provisional_claim_that_the_hub_refuses_is_told_again(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """First it is shown as accepted and provisional, without a number; then a line says that it is refused."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "README")
    two.won(bob, "docs")
    two.sync()
    last = newest(two)
    hub.away()
    two.forget_away()
    assert two.claim(bob, "src")["confirmed"] is False
    (claimed,) = shown(two, "--since", last, "--kind", "claim")
    assert (claimed["verdict"], claimed["confirmed"], claimed["number"], claimed["token"]) == (
        "accepted", False, None, None
    )  # fmt: skip
    assert "(provisional)" in two.here("log", "--kind", "claim", "--limit", "1").out
    hub.back()
    one.forget_away()
    one.won(alice, "src")
    two.forget_away()
    two.sync()
    after = shown(two, "--since", claimed["id"])
    told = [item for item in after if item["kind"] == "verdict"]
    assert [(item["about"], item["of"], item["verdict"], item["refusal"], item["confirmed"]) for item in told] == [
        (claimed["id"], "claim", "refused", "held", True)
    ]
    assert told[0]["name"] == "bob"
    assert [item["name"] for item in after if item["kind"] == "claim"] == ["alice"]
    assert shown(two, "--since", after[-1]["id"]) == []
    assert "refused: held" in two.here("log", "--of", "bob", "--kind", "claim", "--limit", "1").out


def test_a_provisional_claim_that_the_hub_confirms_is_told_once(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Where nothing changes there is no second line; from then on it is confirmed, with its number."""
    _, two = pair
    bob = two.start("bob")
    two.won(bob, "docs")
    last = newest(two)
    hub.away()
    two.forget_away()
    two.claim(bob, "src")
    hub.back()
    two.forget_away()
    two.sync()
    found = [item for item in shown(two, "--since", last) if item["kind"] in ("claim", "verdict")]
    assert [(item["kind"], item["confirmed"], item["number"] == item["token"] > 0) for item in found] == [
        ("claim", True, True)
    ]


def test_what_the_hub_is_about_to_confirm_is_not_called_provisional(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Between the moment it is recorded here and the hub's answer nothing is shown; then it is, once, as confirmed."""
    _, two = pair
    bob = two.start("bob")
    last = newest(two)
    two.won(bob, "docs")
    hub.hook("update", "sleep 1\n")
    command = [
        "git-coord",
        "watch",
        "--json",
        "--since",
        last,
        "--kind",
        "claim",
        "--limit",
        "2",
        "--for",
        "60s",
    ]
    with subprocess.Popen(command, cwd=two.top, env=two.env, stdout=subprocess.PIPE) as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["scopes"] == ["docs"]  # from here on it watches
        two.won(bob, "src")
        out, _ = watching.communicate(timeout=90)
    assert [json.loads(line)["confirmed"] for line in out.splitlines()] == [True]
