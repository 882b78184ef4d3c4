"""A hub is an address and the root of a ledger; only it confirms, and only from the first contact on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .conftest import LEDGER, Clone, joined, make_clone, make_hub

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Hub


@pytest.fixture
def fork(tmp_path: Path, env: dict[str, str]) -> Hub:
    """Another bare repository, without a ledger."""
    (tmp_path / "elsewhere").mkdir()
    return make_hub(tmp_path / "elsewhere", env)


def test_a_name_that_leads_to_a_fork_confirms_nothing(pair: tuple[Clone, Clone], hub: Hub, fork: Hub) -> None:
    """After a rename nothing is pushed to the fork; both addresses are named, and the advice helps."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "first")
    one.git("remote", "rename", "origin", "upstream")
    one.git("remote", "add", "origin", str(fork.top))
    answer = one.claim(alice, "f")
    assert (answer["result"], answer["confirmed"], answer["token"]) == ("won", False, None)
    for where in (str(hub.top), str(fork.top), "init --hub upstream", "init --hub origin"):
        assert where in "".join(answer["warnings"])
    assert one.here("claim", "g", "--confirmed", session=alice).status == 3
    assert one.here("sync").status == 3
    assert not fork.refs()
    two.won(bob, "f")
    one.here("init", "--hub", "upstream", "--hooks", "none", check=True)
    assert one.claim(alice, "f")["result"] == "refused"
    one.won(alice, "g")


def test_a_hub_that_moved_is_taken_when_a_person_says_so(pair: tuple[Clone, Clone], fork: Hub) -> None:
    """The other address has no ledger yet: ours begins it, since that is what was meant."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    one.git("remote", "set-url", "--push", "origin", str(fork.top))
    assert one.claim(alice, "g")["confirmed"] is False
    assert not fork.refs()
    one.git("remote", "set-url", "--delete", "--push", "origin", ".*")
    one.git("remote", "set-url", "origin", str(fork.top))
    one.here("init", "--hub", "origin", "--hooks", "none", check=True)
    one.won(alice, "h")
    assert fork.ledger == one.ledger


def test_a_push_address_that_copies_the_hub_confirms_nothing(pair: tuple[Clone, Clone], hub: Hub, fork: Hub) -> None:
    """A copy of the hub has all its refs, so it would take each push: it is another address all the same."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    fork.git("fetch", "-q", str(hub.top), "refs/*:refs/*")
    before = fork.refs()
    one.git("remote", "set-url", "--push", "origin", str(fork.top))
    answer = one.claim(alice, "g")
    assert (answer["result"], answer["confirmed"], fork.refs()) == ("won", False, before)


def test_pushes_to_several_addresses_are_not_one_hub(hub: Hub, fork: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """Each of them would decide by itself: refused at `init`, and where the second one was added later."""
    one = make_clone(tmp_path, "one", env)
    one.git("remote", "add", "origin", str(hub.top))
    one.git("remote", "set-url", "--add", "--push", "origin", str(hub.top))
    one.git("remote", "set-url", "--add", "--push", "origin", str(fork.top))
    ran = one.here("init", "--hub", "origin", "--hooks", "none")
    assert (ran.status, f"pushes go to {hub.top} and {fork.top}" in ran.err) == (1, True), ran.err
    assert not fork.refs()
    one.git("config", "--unset-all", "remote.origin.pushurl")
    one.here("init", "--hub", "origin", "--hooks", "none", check=True)
    one.git("remote", "set-url", "--add", "origin", str(fork.top))
    answer = one.claim(one.start("alice"), "f")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    assert f"init --hub {hub.top}" in "".join(answer["warnings"])
    assert "init --hub origin" not in "".join(answer["warnings"])
    assert not fork.refs()


def test_a_relative_address_is_one_place(hub: Hub, fork: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """It leads to the hub from every worktree; where the clone was moved and it leads elsewhere, that is noticed."""
    one = joined(tmp_path, "one", env, "../hub.git")
    one.run("git", "commit", "-q", "--allow-empty", "-m", "first")
    (tmp_path / "far" / "away").mkdir(parents=True)
    one.git("worktree", "add", "-q", "../far/away/linked")
    alice = one.start("alice")
    Clone(tmp_path / "far" / "away" / "linked", env).won(alice, "f")
    moved = Clone(one.top.rename(fork.top.parent / "one"), env)
    answer = moved.claim(alice, "g")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    assert str(hub.top) in "".join(answer["warnings"])
    assert not fork.refs()


def test_an_address_that_git_rewrites_leads_elsewhere(hub: Hub, fork: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """A hub that was named by its address and not by a remote is looked up as well."""
    one = make_clone(tmp_path, "one", env)
    one.here("init", "--hub", str(hub.top), "--hooks", "none", check=True)
    one.git("config", f"url.{fork.top}.insteadOf", str(hub.top))
    answer = one.claim(one.start("alice"), "f")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    assert f"is now {fork.top}" in "".join(answer["warnings"])
    assert not fork.refs()


def test_a_remote_that_was_renamed_is_named(pair: tuple[Clone, Clone]) -> None:
    """Where the name leads nowhere any longer, the other name of the same hub stands in the hint."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    one.git("remote", "rename", "origin", "upstream")
    said = "".join(one.claim(alice, "g")["warnings"])
    assert "the remote origin is gone" in said
    assert "init --hub upstream" in said
    assert "init --hub origin" not in said


def test_uncommitted_work_does_not_go_elsewhere(pair: tuple[Clone, Clone], hub: Hub, fork: Hub) -> None:
    """A snapshot that is handed over is not pushed to a fork, nor fetched from one."""
    one, _ = pair
    alice, bob = one.start("alice"), one.start("bob")
    one.run("git", "commit", "-q", "--allow-empty", "-m", "first")
    one.won(alice, "f")
    one.git("remote", "set-url", "origin", str(fork.top))
    (one.top / "f").write_text("not for everybody")
    offered = one.here("handoff", "offer", bob, "--claim", "f", "--json", session=alice, check=True).json
    assert offered["snapshot"]
    assert not fork.refs()
    one.git("remote", "set-url", "origin", str(hub.top))
    one.sync()
    assert f"refs/coord/handed/{offered['snapshot']}" in hub.refs()


def test_a_hub_that_begins_to_hide_its_refs_is_named(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Where the ledger is not shown any longer and a push says that it moved, the message names what hides it."""
    one, two = pair
    one.won(one.start("alice"), "f")
    hub.git("config", "uploadpack.hideRefs", "refs/coord")
    answer = two.claim(two.start("bob"), "f")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    assert "it may hide its refs" in "".join(answer["warnings"])
    hub.git("config", "transfer.hideRefs", "refs/coord")
    assert "deny updating a hidden ref" in two.here("sync").err
    hub.git("config", "--unset", "transfer.hideRefs")
    hub.git("config", "--unset", "uploadpack.hideRefs")
    two.sync()
    assert two.holders() == {"f": "alice"}


def test_a_ledger_that_is_not_the_recorded_one_is_not_pushed(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A hub was named for one ledger: with another one here nothing goes there until a person says that it may."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    record = one.coord / "hub"
    named = json.loads(record.read_text())
    record.write_text(json.dumps(named | {"root": "0" * len(named["root"])}))
    before = hub.refs()
    answer = one.claim(alice, "g")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    assert "is not the one that origin was named the hub of" in "".join(answer["warnings"])
    assert hub.refs() == before
    one.here("init", "--hub", "origin", "--hooks", "none", check=True)
    one.won(alice, "g")


def test_a_push_address_that_is_a_fork_is_no_hub(hub: Hub, fork: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """What was pushed is not what a fetch brings: refused at once, and nothing is set."""
    one = make_clone(tmp_path, "one", env)
    one.git("remote", "add", "origin", str(hub.top))
    one.git("remote", "set-url", "--push", "origin", str(fork.top))
    ran = one.here("init", "--hub", "origin", "--hooks", "none")
    assert (ran.status, "not what a fetch brings" in ran.err) == (1, True), ran.err
    assert one.git("config", "coord.hub", check=False) == ""
    assert not hub.refs()
    assert not fork.refs()


def test_a_hub_that_hides_its_refs_is_refused(hub: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """It accepts pushes, and shows nobody what was pushed."""
    hub.git("config", "uploadpack.hideRefs", "refs/coord")
    ran = make_clone(tmp_path, "one", env).join(str(hub.top))
    assert (ran.status, "not what a fetch brings" in ran.err) == (1, True), ran.err


def test_nothing_is_confirmed_before_the_first_contact(hub: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """A hub that was named by hand and never reached has confirmed nothing; when it answers it does."""
    one = make_clone(tmp_path, "one", env)
    one.here("init", "--hooks", "none", check=True)
    one.git("remote", "add", "origin", str(hub.top))
    one.git("config", "coord.hub", "origin")
    hub.away()
    alice = one.start("alice")
    answer = one.claim(alice, "f")
    assert (answer["result"], answer["confirmed"], answer["token"]) == ("won", False, None)
    assert one.here("claims", "--json", check=True).json["claims"][0]["confirmed"] is False
    hub.back()
    one.sync()
    assert one.here("claims", "--json", check=True).json["claims"][0]["confirmed"] is True
    assert hub.ledger == one.ref(LEDGER)


def test_canaries_of_a_killed_init_are_dropped(hub: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """An old canary goes with the next sync; one that somebody may just be using stays."""
    one = joined(tmp_path, "one", env, str(hub.top))
    tree = one.write("tree", b"")
    old = one.git("commit-tree", "-m", "a canary", tree, GIT_COMMITTER_DATE="2001-01-01T00:00:00Z")
    new = one.git("commit-tree", "-m", "a canary", tree)
    one.git("push", "-q", str(hub.top), f"{old}:refs/coord/canary/old", f"{new}:refs/coord/canary/new")
    one.sync()
    assert list(hub.refs("refs/coord/canary")) == ["refs/coord/canary/new"]
