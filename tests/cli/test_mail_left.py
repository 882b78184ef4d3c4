"""What is left of a conversation when one side of it is over: who reads it, and what its sender is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Repo


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


def test_history_begins_with_the_session(repo: Repo) -> None:
    """What was said to all before a session was there is not in its history, nor what another one has read."""
    alice, bob = repo.start("alice"), repo.start("bob", "--role", "dev")
    repo.here("send", "all", "before", session=alice, check=True)
    repo.here("send", "role:dev", "for bob", session=alice, check=True)
    assert subjects(repo, bob) == ["before", "for bob"]
    time.sleep(1.1)  # times are whole seconds: the next session begins after what was said
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
