"""Answers across machines that only a bad moment puts to the test: none says more than the hub does."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.kernel.clock import SystemClock
from gitcoord.kernel.refname import LEDGER
from gitcoord.sync import habit

from .test_wrong import POISON

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub


def one_push(directory: Path) -> str:
    """A directory with a `git` whose first push arrives and whose others find nobody."""
    real = shutil.which("git")
    directory.mkdir()
    program = directory / "git"
    program.write_text(
        f'#!/bin/sh\nfor word in "$@"; do\n  if [ "$word" = push ]; then\n'
        f"    if mkdir {directory}/pushed 2>/dev/null; then break; fi\n"
        "    echo 'fatal: Could not read from remote repository.' >&2\n    exit 128\n  fi\n"
        f'done\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    return f"{directory}:"


def cut_off(clone: Clone, session: str, directory: Path, *words: str) -> tuple[int, dict[str, Any]]:
    """Run a command that pushes at once, and whose line goes dead after its first push."""
    clone.forget_others()
    process = clone.spawn(*words, "--json", session=session, PATH=one_push(directory) + clone.env["PATH"])
    out, _ = process.communicate(timeout=60)
    return process.returncode, json.loads(out)


@pytest.mark.slow
def test_only_the_hub_refuses_what_was_recorded(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    """A claim that loses by its own view before the line goes dead is unknown, and given back whatever comes."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    token = one.won(alice, "f")
    status, answer = cut_off(two, bob, tmp_path / "bin", "claim", "f")
    assert (status, answer["result"], answer["reason"]) == (3, "unknown", "offline")
    one.release(alice, "f")
    two.forget_away()
    two.sync()
    one.sync()
    assert two.holders() == one.holders() == {}
    assert one.won(alice, "f") > token


def test_a_claim_that_is_lost_is_not_won_again(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Who claims again what was provisional is refused where the hub gave it to somebody else, not told that it won."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    hub.away()
    assert two.claim(bob, "f")["result"] == "won"
    hub.back()
    one.won(alice, "f")
    two.forget_away()
    answer = two.claim(bob, "f")
    assert answer["result"] == "refused"
    assert [item["held"]["name"] for item in answer["conflicts"]] == ["alice"]


def test_a_lost_claim_asked_for_again_is_given_back(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """The same with a line that goes dead: unknown, and neither question leaves a claim behind."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    hub.away()
    assert two.claim(bob, "f")["result"] == "won"
    hub.back()
    one.won(alice, "f")
    two.forget_away()
    status, answer = cut_off(two, bob, tmp_path / "bin", "claim", "f")
    assert (status, answer["result"]) == (3, "unknown")
    one.release(alice, "f")
    two.forget_away()
    two.sync()
    assert two.holders() == {}


def test_a_lost_claim_that_is_released_is_given_back(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """A look before the release shows that the claim is lost here; the line goes dead, and the release is recorded."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    hub.away()
    assert two.claim(bob, "f")["result"] == "won"
    hub.back()
    one.won(alice, "f")
    two.forget_away()
    (two.coord / habit.FILE).write_text("0")
    path = one_push(tmp_path / "bin")
    (tmp_path / "bin/pushed").mkdir()
    process = two.spawn("release", "f", "--json", session=bob, PATH=path + two.env["PATH"])
    answer = json.loads(process.communicate(timeout=60)[0])
    assert (process.returncode, answer["reason"]) == (3, "offline")
    assert "alice" in answer["message"]
    one.release(alice, "f")
    two.forget_away()
    two.sync()
    assert two.holders() == {}


def test_an_old_confirmation_is_none(pair: tuple[Clone, Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A holder that was cut off for longer than its lease counts its claim as provisional: it may be another's."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    hub.away()
    now = SystemClock().now()
    monkeypatch.setattr(SystemClock, "now", lambda _: now + 1700)
    assert (one.claim(alice, "f")["confirmed"], one.claim(alice, "f")["token"] is None) == (True, False)
    monkeypatch.setattr(SystemClock, "now", lambda _: now + 1900)
    answer = one.claim(alice, "f")
    assert (answer["result"], answer["confirmed"], answer["token"]) == ("won", False, None)
    assert [item["confirmed"] for item in one.here("claims", "--json").json["claims"]] == [False]


def test_a_sync_sequences_what_a_crash_left(pair: tuple[Clone, Clone]) -> None:
    """A command that died between its log and the ledger needs no other writer: meeting the hub is enough."""
    one, two = pair
    alice = one.start("alice")
    before = one.ledger
    one.here("claim", "f", "-q", session=alice, check=True)
    log = f"refs/coord/sessions/{alice}/log"
    one.git("update-ref", LEDGER, before)
    one.git("update-ref", "refs/coord-remote/origin/ledger", before)
    two.git("push", "-q", "-f", "origin", f"{two.ledger}:{LEDGER}")
    (one.coord / "pending").write_text(f"{log}\n{LEDGER}\n")
    one.sync()
    two.sync()
    assert two.holders() == {"f": "alice"}


def test_an_end_that_is_provisional_keeps_its_log(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """What a session did offline before it ended is not lost when the hub refuses what another one wrote."""
    one, two = pair
    alice, mallory, carol = one.start("alice"), one.start("mallory"), one.start("carol")
    one.won(alice, "f")
    one.won(carol, "c")
    hub.away()
    one.release(alice, "f")
    one.here("end", "-q", session=alice, check=True)
    one.here("claim", "g", "-m", "poison", session=mallory)
    hub.back()
    hub.hook("pre-receive", POISON)
    one.forget_away()
    synced = one.here("sync", "--json")
    assert (synced.status, synced.json["undelivered"]) == (0, [])
    assert any(mallory in text for text in synced.json["warnings"])
    assert one.holders() == {"c": "carol"}
    two.sync()
    assert two.holders() == {"c": "carol"}
    assert f"refs/coord/sessions/{alice}/log" not in one.refs(), "it is of no use any more"
