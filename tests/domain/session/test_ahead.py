"""A session of this clone whose last operation bears a time in the future: who names it, and when it can be taken."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from conftest import session_of

from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import holding, renew
from gitcoord.domain.session import retire
from gitcoord.domain.session.identity import named
from gitcoord.policy.lease import LEASE, SKEW
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from conftest import ManualClock, Repo

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

FAR = 1000 * 86400


def ask(workspace: Workspace, me: Session) -> claim.Answer:
    """Claim src."""
    fresh = named(workspace, workspace.ledger.state(), me.id)
    return claim.acquire(workspace, fresh, claim.Request((Scope("directory", "src"),)))


def held_ahead(workspace: Workspace, clock: ManualClock, by: int, **said: Any) -> Session:
    """Start alice, who claims src while the clock is ahead by so many seconds."""
    alice = session_of(workspace, "alice", **said)
    clock.pass_by(by)
    assert ask(workspace, alice).result == "won"
    clock.pass_by(-by)
    return alice


@pytest.mark.parametrize("way", ["claim", "retire"])
def test_what_was_claimed_with_a_clock_ahead_is_free_after_a_lease(
    workspace: Workspace, clock: ManualClock, way: str
) -> None:
    """The lease counts from when this clone first saw that alice is ahead; until then the refusal says so."""
    alice = held_ahead(workspace, clock, FAR)
    bob = session_of(workspace, "bob")
    refused = ask(workspace, bob)
    assert (refused.result, refused.conflicts[0].held.kept) == ("refused", "ahead")
    assert refused.conflicts[0].held.takeover_from == clock.now() + LEASE
    clock.pass_by(LEASE)
    assert ask(workspace, bob).result == "refused"
    clock.pass_by(1)
    if way == "retire":
        assert retire.retire(workspace, bob, (alice.id,), every_gone=False).retired == [alice.id]
    assert ask(workspace, bob).result == "won"


def test_a_sign_begins_the_watch_anew_and_a_right_time_ends_it(workspace: Workspace, clock: ManualClock) -> None:
    """A renewal by a clock that is still ahead, then one by a clock that is right."""
    alice, bob = held_ahead(workspace, clock, FAR), session_of(workspace, "bob")
    ask(workspace, bob)
    clock.pass_by(LEASE - 10)
    clock.pass_by(FAR)
    renew.renew(workspace, named(workspace, workspace.ledger.state(), alice.id), (), 0)
    clock.pass_by(-FAR)
    clock.pass_by(20)
    assert ask(workspace, bob).conflicts[0].held.takeover_from == clock.now() + LEASE
    assert renew.renew_if_due(workspace, alice.id)
    clock.pass_by(LEASE - 10)
    assert ask(workspace, bob).conflicts[0].held.kept == ""


def test_within_the_skew_nobody_is_ahead(workspace: Workspace, clock: ManualClock) -> None:
    """A clock that was set back by a little makes nobody gone early."""
    alice, bob = held_ahead(workspace, clock, SKEW), session_of(workspace, "bob")
    assert ask(workspace, bob).conflicts[0].held.kept == ""
    clock.pass_by(LEASE + SKEW)
    assert ask(workspace, bob).result == "refused"
    assert holding.status(workspace, named(workspace, workspace.ledger.state(), alice.id)) != "gone"


def test_a_clock_that_is_set_back_while_it_is_watched_begins_the_watch_anew(
    workspace: Workspace, clock: ManualClock
) -> None:
    """A watch that began in what is the future now proves nothing."""
    held_ahead(workspace, clock, FAR)
    bob = session_of(workspace, "bob")
    ask(workspace, bob)
    clock.pass_by(-3600)
    renew.renew(workspace, named(workspace, workspace.ledger.state(), bob.id), (), 0)
    assert ask(workspace, bob).conflicts[0].held.takeover_from == clock.now() + LEASE


def test_an_agent_whose_process_lives_is_never_taken_as_ahead(
    repo: Repo, workspace: Workspace, clock: ManualClock
) -> None:
    """However long it is quiet."""
    with subprocess.Popen(["sleep", "60"]) as process:
        slow = repo.coord("start", "slow", "--pid", str(process.pid), "-q", check=True).out.strip()
        clock.pass_by(FAR)
        assert ask(workspace, named(workspace, workspace.ledger.state(), slow)).result == "won"
        clock.pass_by(-FAR)
        bob = session_of(workspace, "bob")
        ask(workspace, bob)
        clock.pass_by(LEASE + SKEW + 1)
        assert ask(workspace, bob).conflicts[0].held.kept == ""
        process.kill()


def test_a_watch_that_cannot_be_kept_never_ends(workspace: Workspace, clock: ManualClock) -> None:
    """Without its file, or where it is damaged, nothing is taken."""
    alice, bob = held_ahead(workspace, clock, FAR), session_of(workspace, "bob")
    ask(workspace, bob)
    (kept,) = (workspace.place.coord_dir / "ahead").iterdir()
    clock.pass_by(LEASE + 1)
    kept.write_bytes(b"\0" * kept.stat().st_size)
    assert ask(workspace, bob).result == "refused"
    assert kept.name == alice.id


def test_status_names_who_is_ahead(repo: Repo, workspace: Workspace, clock: ManualClock) -> None:
    """Everybody is told by how much, and alice how to mend it."""
    alice, bob = held_ahead(workspace, clock, FAR), session_of(workspace, "bob")
    for me, mine in ((bob, False), (alice, True)):
        board = repo.here("status", "--json", "--session", bob.id if me is bob else alice.id, check=True).json
        found = [item for item in board["attention"] if item["what"] == "ahead"]
        if mine:
            assert not found  # its own command has renewed the lease
        else:
            assert (found[0]["sessions"], found[0]["mine"]) == ([alice.id], False)
            assert "alice bears a time" in found[0]["text"]
