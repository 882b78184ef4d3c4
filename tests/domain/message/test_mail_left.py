"""What is left of a conversation when one side of it is over: who reads it, and what its sender is told."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain.agreement import Alone
from gitcoord.domain.message import inbox
from gitcoord.domain.message.mailbox import EVERYTHING
from gitcoord.domain.session import record as session
from gitcoord.domain.session import start
from gitcoord.kernel import doorbell
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    import pytest
    from conftest import ManualClock, Repo

    from gitcoord.domain.workspace import Workspace


def subjects(repo: Repo, session: str, *words: str) -> list[str]:
    """The subjects that an inbox shows."""
    return [
        item["subject"] for item in repo.here("inbox", *words, "--json", session=session, check=True).json["messages"]
    ]


def test_an_acknowledgement_reaches_the_next_of_that_name(repo: Repo) -> None:
    """It is sent to the name, too: of two sessions called bob, the second reads what came after the first was over."""
    alice, bob = repo.start("alice"), repo.start("bob")
    asked = repo.here("send", "alice", "yours?", "--json", session=bob, check=True).json["id"]
    repo.here("end", session=bob, check=True)
    said = repo.here("ack", asked, "-m", "yes", session=alice, check=True)
    assert said.out == f"acknowledged {asked[:8]} to bob\n"
    (shown,) = repo.here("inbox", "--json", session=repo.start("bob"), check=True).json["messages"]
    assert (shown["type"], shown["to"], shown["body"]) == ("ack", "bob", "yes")


def test_a_session_is_told_at_its_start_of_what_was_left(repo: Repo) -> None:
    """Who begins under the name, or goes on with the work, hears of unread mail at once; others do not."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("send", "bob", "one", session=alice, check=True)
    repo.here("end", session=bob, check=True)
    started = repo.here("start", "bob", "--json", check=True).json
    assert started["warnings"] == ["1 message was left for this session: git coord inbox"]
    assert subjects(repo, started["session"]) == ["one"]
    again = repo.here("start", "bob", "--json", check=True).json
    assert again["warnings"] == []
    repo.here("end", session=started["session"], check=True)
    repo.here("end", session=again["session"], check=True)
    repo.here("send", "bob", "two", session=alice, check=True)
    repo.here("send", "bob", "three", session=alice, check=True)
    resumed = repo.here("start", "--resume", again["session"], "--json", check=True).json
    assert resumed["warnings"] == ["2 messages were left for this session: git coord inbox"]
    assert repo.here("start", "carol", "--json", check=True).json["warnings"] == []


def test_history_begins_with_the_session(repo: Repo) -> None:
    """What was said to all before a session was there is not in its history, nor what another one has read."""
    alice, bob = repo.start("alice"), repo.start("bob", "--role", "dev")
    repo.here("send", "all", "before", session=alice, check=True)
    repo.here("send", "role:dev", "for bob", session=alice, check=True)
    assert subjects(repo, bob) == ["before", "for bob"]
    later = repo.start("carol", "--role", "dev")
    repo.here("send", "all", "after", session=alice, check=True)
    assert subjects(repo, bob, "--all") == ["before", "for bob", "after"]
    assert subjects(repo, later, "--all") == ["after"]


def test_the_sender_is_told_who_reads_it(repo: Repo) -> None:
    """The next of that name or role, where nobody is there; what is said to all is for nobody else."""
    alice, bob = repo.start("alice"), repo.start("bob", "--role", "dev")
    repo.here("end", session=bob, check=True)
    for to in ("bob", "role:dev"):
        said = repo.here("send", to, "hello", session=alice, check=True).out.splitlines()
        assert said[1:] == [f"nobody is there now; whoever comes next as {to} reads it"]
    assert repo.here("send", "all", "hello", session=alice, check=True).out.splitlines()[1:] == ["nobody else is there"]


def test_the_name_of_a_sender_stays(repo: Repo) -> None:
    """A message is shown with its sender's name also after the sender is over."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("send", "alice", "hello", session=bob, check=True)
    repo.here("end", session=bob, check=True)
    (shown,) = repo.here("inbox", "--json", session=alice, check=True).json["messages"]
    assert shown["sender"] == {"session": bob, "name": "bob"}


def test_a_name_means_the_one_who_lives(repo: Repo) -> None:
    """A crashed session does not make its name ambiguous; where all that bear it are gone, the next one reads it."""
    alice = repo.start("alice")
    crashed = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
    gone = [repo.start("bob", "--pid", str(process.pid)) for process in crashed]
    refused = repo.here("send", "bob", "which?", session=alice)
    assert (refused.status, [name in refused.err for name in gone]) == (2, [True, True])
    for process in crashed:
        process.kill()
        process.wait()
    said = repo.here("send", "bob", "to whoever comes", "--json", session=alice, check=True).json
    assert sorted(item["status"] for item in said["recipients"]) == ["gone", "gone"]
    _, *told = repo.here("send", gone[0], "to the first", session=alice, check=True).out.splitlines()
    (line,) = told
    assert line.startswith(f"bob ({gone[0]}) is gone, last seen ") and line.endswith(
        "; whoever comes next as bob reads it"
    )
    bob = repo.start("bob")
    said = repo.here("send", "bob", "to the third", "--json", session=alice, check=True).json
    assert [item["session"] for item in said["recipients"]] == [bob]
    assert subjects(repo, bob) == ["to whoever comes", "to the first", "to the third"]


def test_the_hub_is_asked_however_loud_the_clone_is(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for mail asks the hub at the interval, also while this clone's own bells ring more often than that."""
    asked = []

    class Hub(Alone):
        def listen(self) -> None:
            asked.append(time.monotonic())

    begun = start.start(workspace, start.Request(name="alice"))
    me = session.read(workspace.ledger.state(), begun.session)
    assert me is not None
    monkeypatch.setattr(inbox, "HUB_EVERY", 0.5)
    over = threading.Event()

    def ringing() -> None:
        while not over.wait(0.02):
            doorbell.ring(workspace.place.coord_dir / "bells")

    loud = threading.Thread(target=ringing)
    loud.start()
    try:
        assert not inbox.wait(replace(workspace, agreement=Hub()), me, EVERYTHING, 2)
    finally:
        over.set()
        loud.join()
    assert len(asked) > 1  # once could be the last moment, when no bell rang any more


def test_who_waits_keeps_what_it_holds(
    repo: Repo, workspace: Workspace, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a lease later, whoever only waits for mail has renewed it."""
    alice = repo.start("alice")
    repo.here("claim", "src", session=alice, check=True)
    me = session.read(workspace.ledger.state(), SessionId(alice))
    assert me is not None
    monkeypatch.setattr(inbox, "HUB_EVERY", 0.1)
    clock.pass_by(me.lease // 2 + 10)
    assert not inbox.wait(workspace, me, EVERYTHING, 0.5)
    after = session.read(workspace.ledger.state(), SessionId(alice))
    assert after is not None
    assert after.last == clock.now()
