"""The hub's receive-pack killed at any step: locks it leaves, pushes half applied; the others go on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES, killed, skip_unless_killed

from .faults import locks, plain_receive_pack, receive_pack, settled, times

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub

STEPS = ("link,linkat", "unlink,unlinkat", "rename,renameat,renameat2")
"""Objects enter the hub, its quarantine goes, refs move: each is a step at which it may die."""


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seconds between the rounds of an agreement."""
    monkeypatch.setattr("gitcoord.sync.turn.longest", lambda *_: 0.0)


def dying(clone: Clone, calls: str, when: int) -> None:
    """Let the receive-pack of this clone's pushes die at its `when`-th call of a kind."""
    script = clone.top.parent / "dying"
    receive_pack(clone, script, f'#!/bin/sh\nexec {shlex.join(killed(calls, when))} git-receive-pack "$@"\n')


@pytest.mark.slow
@pytest.mark.parametrize("calls", STEPS, ids=lambda calls: calls.partition(",")[0])
def test_killed_at_each_step(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path, calls: str) -> None:
    """Whatever a dead receive-pack left: the other clone goes on, or names the lock; the claim counts once."""
    skip_unless_killed(tmp_path)
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "first")
    when, died, survived = 0, 0, False
    tried: list[int] = []
    while not survived:
        when += 1 if TIMES > 1 or when < 2 else 8
        tried.append(when)
        dying(one, calls, when)
        answer = one.claim(alice, f"k/{when}")
        survived = answer["confirmed"]
        died += not survived
        assert answer["result"] == "won", answer
        theirs = two.claim(bob, f"other/{when}")
        left = locks(hub.top)
        if "refs/coord/ledger.lock" in left:
            assert (theirs["result"], theirs["confirmed"]) == ("won", False)
            for told in ("".join(theirs["warnings"]), two.here("sync").err):
                assert "refs/coord/ledger.lock" in told, (theirs, told)
                assert "delete that file" in told
        else:
            assert (theirs["result"], theirs["confirmed"]) == ("won", True), (left, theirs)
        for lock in left:
            (hub.top / lock).unlink()
        plain_receive_pack(one)
        one.forget_away()
        one.won(alice, f"next/{when}")
        assert times(one, alice, f"claim k/{when}") == 1
    assert died, "nothing died: the test tests nothing"
    held = settled(hub, one, two)
    assert {path for path, name in held.items() if name == "bob"} == {f"other/{at}" for at in tried}
    assert {path for path in held if path.startswith("k/")} == {f"k/{at}" for at in tried}
