"""The guard before a push asks the hub first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from gitcoord.hook import hub as meeting
from gitcoord.hook.context import Context
from gitcoord.kernel.clock import SystemClock
from gitcoord.ledger import position
from gitcoord.policy.ids import SessionId

from .conftest import Clone, Hub, make_clone

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sharing(hub: Hub, tmp_path: Path, env: dict[str, str]) -> tuple[Clone, Clone]:
    """Two clones with hooks and a common first commit."""
    one = make_clone(tmp_path, "one", env)
    one.git("remote", "add", "origin", str(hub.top))
    one.commit("README")
    one.git("push", "-q", "origin", "main")
    two = Clone(tmp_path / "two", env)
    one.git("clone", "-q", str(hub.top), str(two.top))
    for clone in (one, two):
        clone.git("config", "coord.fsync", "false")
        clone.here("init", "--hub", "origin", "-q", check=True)
        clone.look_when_told()
    return one, two


def test_a_claim_of_a_moment_ago(sharing: tuple[Clone, Clone], hub: Hub) -> None:
    """What another clone claimed after the commit, and nobody here knows of yet, refuses the push and is named."""
    one, two = sharing
    alice, bob = one.start("alice"), two.start("bob")
    assert one.commit("f", session=alice).status == 0
    two.won(bob, "f")
    assert one.holders() == {}
    before = hub.ref("main")
    pushed = one.run("git", "push", "-q", "origin", "main", check=False, GIT_COORD_SESSION=alice)
    assert pushed.status != 0
    assert "f is claimed by bob" in pushed.err
    assert hub.ref("main") == before
    two.release(bob, "f")
    one.run("git", "push", "-q", "origin", "main", GIT_COORD_SESSION=alice)


@pytest.mark.slow
def test_the_hub_is_away(sharing: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """With the hub away a push elsewhere is judged by what is known, with a warning; or refused, where that is set."""
    one, _ = sharing
    alice = one.start("alice")
    other = tmp_path / "other.git"
    one.git("init", "-q", "--bare", str(other))
    assert one.commit("f", session=alice).status == 0
    hub.away()
    one.git("config", "coord.offlinePush", "refuse")
    refused = one.run("git", "push", "-q", str(other), "main", check=False, GIT_COORD_SESSION=alice)
    assert refused.status != 0
    assert "does not answer" in refused.err
    assert "coord.offlinePush" in refused.err
    one.git("config", "--unset", "coord.offlinePush")
    passed = one.run("git", "push", "-q", str(other), "main", GIT_COORD_SESSION=alice)
    assert "judged by what is known here" in passed.err


def test_a_hub_that_does_not_come_to_an_end(
    sharing: tuple[Clone, Clone], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that answers and then says nothing more is waited for 10 seconds; then the push goes on without it."""
    one, _ = sharing
    assert meeting.LIMIT == 10
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\necho at once >&2\nexec sleep 25\n")
    slow.chmod(0o755)
    one.git("config", "remote.origin.uploadpack", str(slow))
    monkeypatch.setattr(meeting, "LIMIT", 4)
    monkeypatch.chdir(one.top)
    began = time.monotonic()
    assert "was busy for too long" in meeting.meet(Context(str(one.top / ".git"), "", one.env))
    assert time.monotonic() - began < 20


def test_what_the_holder_made_passes_whoever_pushes_it(sharing: tuple[Clone, Clone]) -> None:
    """The holder's commit, whose note came with a sync, passes from another clone; a change made there does not."""
    one, two = sharing
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "f")
    assert two.commit("f", session=bob).status == 0
    two.sync()
    one.git("pull", "-q", "--ff-only", str(two.top), "main")
    one.run("git", "push", "-q", "origin", "main", GIT_COORD_SESSION=alice)
    (one.top / "f").write_text("mine\n")
    one.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-a", "-m", "past the guard")
    refused = one.run("git", "push", "-q", "origin", "main", check=False, GIT_COORD_SESSION=alice)
    assert refused.status != 0
    assert "bob" in refused.err


@pytest.mark.slow
def test_after_the_lease_the_push_decides(sharing: tuple[Clone, Clone]) -> None:
    """A holder whose lease has run out commits, warned; where another has the claim by now the push is refused."""
    one, two = sharing
    alice = str(one.here("start", "alice", "--lease", "4s", "--json", check=True).json["session"])
    bob = two.start("bob")
    one.won(alice, "f")
    two.here("claim", "f", "--override", "-m", "it has to be", session=bob, check=True)
    over = one.workspace(SystemClock()).ledger.state().json(position.live_path(SessionId(alice)))
    assert over is not None
    while int(time.time()) <= over["last"] + over["lease"]:
        time.sleep(0.05)  # a lease ends by the clock, and no command may renew it meanwhile
    committed = one.commit("f", session=alice)
    assert (committed.status, "the lease of alice had run out" in committed.err) == (0, True), committed.err
    pushed = one.run("git", "push", "-q", "origin", "main", check=False, GIT_COORD_SESSION=alice)
    assert pushed.status != 0
    assert "f is claimed by bob" in pushed.err
