"""What only reads looks at the hub first, for a moment, once for all commands of a clone."""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.waiting import until

from gitcoord.kernel.clock import SystemClock
from gitcoord.policy.moment import Moment
from gitcoord.sync import looking

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub

READS = ("check f", "claims", "inbox", "status", "status --short", "status --markdown", "sessions", "whoami", "log")

ALWAYS_DUE = 3 * 86400
"""Seconds since the last look, at least: more than the fixture's `coord.lookEvery`."""


class Wire:
    """A `git` that writes down each fetch and push of a clone."""

    def __init__(self, directory: Path, clone: Clone) -> None:
        directory.mkdir()
        self._log = directory / "log"
        program = directory / "git"
        program.write_text(
            f'#!/bin/sh\nfor word in "$@"; do\n  case $word in fetch|push) echo "$word" >>{self._log}; break ;; esac\n'
            f'done\nexec {shutil.which("git")} "$@"\n'
        )
        program.chmod(0o755)
        clone.env = clone.env | {"PATH": f"{directory}:{clone.env['PATH']}"}
        clone.git("config", "coord.autosync", "false")

    def used(self) -> list[str]:
        """What there was since the last time, in order."""
        words = self._log.read_text().split() if self._log.exists() else []
        self._log.write_text("")
        return words


@pytest.fixture
def wire(pair: tuple[Clone, Clone], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """The wire of the second clone."""
    found = Wire(tmp_path / "wire", pair[1])
    monkeypatch.setenv("PATH", pair[1].env["PATH"])  # `here` starts git from this process
    return found


def slow_down(clone: Clone, directory: Path, seconds: float) -> None:
    """Let each fetch of a clone take so many seconds longer."""
    program = directory / "slow-upload-pack"
    program.write_text(f'#!/bin/sh\nsleep {seconds}\nexec git-upload-pack "$@"\n')
    program.chmod(0o755)
    clone.git("config", "remote.origin.uploadpack", str(program))


@pytest.mark.slow
@pytest.mark.parametrize("words", READS)
def test_what_reads_looks_first(pair: tuple[Clone, Clone], wire: Wire, words: str) -> None:
    """Where the last look is too old there is one fetch, and no push; where it is not, there is neither."""
    _, two = pair
    bob = two.start("bob")
    two.here("beat", "-q", session=bob, check=True)
    two.looked(ALWAYS_DUE)
    wire.used()
    began = int(time.time())
    two.here(*words.split(), session=bob, check=True)
    assert wire.used() == ["fetch"]
    assert int((two.coord / "hub-looked").read_text()) >= began
    two.here(*words.split(), session=bob, check=True)
    assert wire.used() == []


@pytest.mark.slow
def test_the_first_answer_has_what_the_hub_gave_to_others(pair: tuple[Clone, Clone]) -> None:
    """A claim that was confirmed, and a message that was sent, since the last look are in the next answer."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "mine")
    one.sync()
    for words in ("check f0", "claims f1", "status", "whoami", "sessions"):
        path = f"f{('check f0', 'claims f1', 'status', 'whoami', 'sessions').index(words)}"
        one.won(alice, path)
        two.looked(ALWAYS_DUE)
        answer = two.here(*words.split(), "--json", session=bob)
        assert two.holders().get(path) == "alice", words
        assert words.split()[0] == "whoami" or f'"{path}"' in answer.out
    one.here("send", bob, "stop at once", "--priority", "urgent", session=alice, check=True)
    two.looked(ALWAYS_DUE)
    assert "message from alice: stop at once" in two.here("check", "other", session=bob).err
    found = two.here("inbox", "--json", session=bob, check=True).json["messages"]
    assert [item["subject"] for item in found] == ["stop at once"]


def test_as_of_is_the_time_of_the_look(pair: tuple[Clone, Clone], monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is as old as the last look, and says so to people where that is more than a minute ago."""
    _, two = pair
    bob = two.start("bob")
    two.git("config", "coord.autosync", "false")
    looked = int((two.coord / "hub-looked").read_text())
    for seconds, said in ((50, ""), (74, "as of 74 s ago"), (600, "as of 10 min ago")):
        now = looked + seconds
        monkeypatch.setattr(SystemClock, "now", lambda _, now=now: now)
        assert two.here("claims", "--json", session=bob).json["as_of"] == Moment(looked).rfc3339()
        lines = two.here("claims", session=bob, check=True).out.splitlines()
        assert lines[1:] == ([said] if said else [])
        short = two.here("status", "--short", session=bob, check=True).out
        assert short == f"bob 0 claims{f' ({said})' if said else ''}\n"
    assert "as of" not in two.here("check", "f", "-q", session=bob).out


def test_a_hub_that_is_away_is_not_waited_for(pair: tuple[Clone, Clone], hub: Hub, wire: Wire) -> None:
    """The first command finds out, the others of that minute ask nobody; all of them say it, and since when."""
    _, two = pair
    bob = two.start("bob")
    two.looked(ALWAYS_DUE)
    hub.away()
    answer = two.here("check", "f", "--json", session=bob, check=True).json
    looked = Moment(int((two.coord / "hub-looked").read_text())).rfc3339()
    assert (answer["hub"], answer["as_of"]) == ("offline", looked)
    wire.used()
    for words in READS:
        said = two.here(*words.split(), session=bob, check=True).out
        assert "ago: the hub is away" in said, words
    assert wire.used() == []
    hub.back()
    two.forget_away()
    assert two.here("check", "f", "--json", session=bob).json["hub"] == "ok"
    assert wire.used() == ["fetch"]


def test_commands_at_once_make_one_look(
    pair: tuple[Clone, Clone], wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of six commands that find the look too old one looks; the others wait for it, and have what it brought."""
    one, two = pair
    one.won(one.start("alice"), "f")
    slow_down(two, tmp_path, 0.4)
    two.looked(ALWAYS_DUE)
    wire.used()
    monkeypatch.setattr(looking, "LIMIT", 60.0)

    def look(_: int) -> str:
        workspace = two.workspace(SystemClock())
        try:
            workspace.agreement.look(lambda: None)
            return workspace.ledger.tip()
        finally:
            workspace.ledger.store.close()

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(look, range(6)))
    assert wire.used() == ["fetch"]
    assert found == {two.ledger} == {one.ledger}


def test_a_slow_hub_is_waited_for_a_second(pair: tuple[Clone, Clone], wire: Wire, tmp_path: Path) -> None:
    """Where the hub takes longer the answer is as old as it says; the look goes on, and the next command has it.

    No lock stays, the hub is not called away, and from then on each look is one fetch, made by a process of its own.
    """
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    slow_down(two, tmp_path, 5)
    two.git("config", "coord.hubTimeout", "20")
    two.looked(ALWAYS_DUE)
    looked = Moment(int((two.coord / "hub-looked").read_text())).rfc3339()
    wire.used()
    began = time.monotonic()
    answer = two.here("check", "f", "--json", session=bob)
    assert time.monotonic() - began < 4.5
    assert (answer.status, answer.json["hub"], answer.json["as_of"]) == (0, "ok", looked)
    until(lambda: two.holders() == {"f": "alice"})
    assert wire.used() == ["fetch", "fetch"]
    assert two.here("check", "f", session=bob).status == 1
    assert not (two.coord / "hub-away").exists()
    one.won(alice, "g")
    two.looked(ALWAYS_DUE)
    wire.used()
    assert two.here("check", "g", session=bob).status == 0
    until(lambda: two.holders() == {"f": "alice", "g": "alice"})
    assert wire.used() == ["fetch"]
    until(lambda: two.sync()["hub"] == "ok")


def test_a_hub_that_is_quick_again_is_looked_at_in_the_command(pair: tuple[Clone, Clone], wire: Wire) -> None:
    """One look by another process finds out; the next is made by the command itself."""
    _, two = pair
    bob = two.start("bob")
    slow = two.coord / looking.SLOW
    slow.touch()
    os.utime(slow, (time.time() - 60, time.time() - 60))
    two.looked(ALWAYS_DUE)
    two.here("check", "f", session=bob, check=True)
    until(lambda: not slow.exists())
    two.looked(ALWAYS_DUE)
    wire.used()
    two.here("check", "f", session=bob, check=True)
    assert wire.used() == ["fetch"]


def test_a_look_brings_the_hub_nothing(pair: tuple[Clone, Clone], hub: Hub, wire: Wire) -> None:
    """What is provisional stays so, and what others announced is sequenced by those who write."""
    one, two = pair
    bob = two.start("bob")
    hub.away()
    assert two.claim(bob, "f")["confirmed"] is False
    hub.back()
    two.forget_away()
    before = hub.refs()
    two.looked(ALWAYS_DUE)
    wire.used()
    held = two.here("claims", "--json", session=bob).json["claims"]
    assert [item["confirmed"] for item in held] == [False]
    assert (wire.used(), hub.refs()) == (["fetch"], before)
    assert one.sync()["hub"] == "ok"


def test_a_ledger_that_cannot_be_adopted_is_named(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A hub that holds the ledger of another repository is no reason not to answer from what is known here."""
    one, two = pair
    bob = two.start("bob")
    two.won(bob, "f")
    root = one.git("commit-tree", one.git("rev-parse", f"{one.ledger}^{{tree}}"), "-m", "another")
    hub.git("fetch", "-q", str(one.top), f"+{root}:refs/coord/ledger", check=False)
    one.git("push", "-q", "-f", "origin", f"{root}:refs/coord/ledger")
    two.looked(ALWAYS_DUE)
    answer = two.here("claims", "--json", session=bob, check=True).json
    assert [item["scope"] for item in answer["claims"]] == ["f"]
    assert any("another repository" in text for text in answer["warnings"])
