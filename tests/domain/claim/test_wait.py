"""`claim --wait`: woken by the release, first come first served, ended by its time, by ^C, or at once in a circle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import process

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo


def waiting(
    repo: Repo, session: str, *words: str, program: tuple[str, ...] = ("git", "coord")
) -> subprocess.Popen[str]:
    """Begin to wait; returns when the ticket is there."""
    before = len(tickets(repo))
    begun = subprocess.Popen(
        [*program, "claim", *words],
        cwd=repo.top,
        env=repo.env | {"GIT_COORD_SESSION": session},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while len(tickets(repo)) == before:
        assert time.monotonic() < deadline
        assert begun.poll() is None, begun.communicate()
        time.sleep(0.02)
    return begun


def tickets(repo: Repo) -> list[Path]:
    """The tickets of those who wait."""
    directory = repo.top / ".git/coord/waiting"
    return sorted(path for path in directory.iterdir() if path.name[0] != ".") if directory.is_dir() else []


def test_release_wakes_the_one_who_waits(repo: Repo) -> None:
    """The waiter has the claim well under a second after the release, and told before that it waits, and for whom."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    waiter = waiting(repo, bob, "src/a.py", "--wait", "30s")
    time.sleep(0.3)
    repo.here("release", "src", session=alice, check=True)
    released = time.monotonic()
    out, err = waiter.communicate(timeout=30)
    assert time.monotonic() - released < 1.0
    assert (waiter.returncode, out.startswith("claimed src/a.py until ")) == (0, True)
    assert "src/a.py is held by alice" in err
    assert "waiting" in err
    assert tickets(repo) == []


def test_who_came_first_is_served_first(repo: Repo) -> None:
    """Two wait: the first gets it, and nobody who asks in between; then the second."""
    alice, bob, cy = repo.start("alice"), repo.start("bob"), repo.start("cy")
    repo.here("claim", "src", session=alice, check=True)
    first, second = waiting(repo, bob, "src", "--wait", "30s"), waiting(repo, cy, "src", "--wait", "30s")
    repo.here("release", "src", session=alice, check=True)
    assert first.wait(timeout=30) == 0
    assert second.poll() is None
    late = repo.here("claim", "src", "--json", session=alice)
    assert late.json["conflicts"][0]["held"]["session"] == bob
    repo.here("release", "src", session=bob, check=True)
    assert second.wait(timeout=30) == 0
    for one in (first, second):
        one.communicate()


def test_wait_that_is_over_is_a_refusal(repo: Repo) -> None:
    """After its time a wait ends with 1 and says who still holds it; no ticket is left."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    began = time.monotonic()
    refused = repo.coord("claim", "src", "--wait", "1s", "--json", session=bob)
    assert 1.0 <= time.monotonic() - began < 8.0
    assert (refused.status, refused.json["result"], refused.json["reason"]) == (1, "refused", "held")
    assert refused.json["conflicts"][0]["held"]["session"] == alice
    assert tickets(repo) == []


@pytest.mark.parametrize(("program", "status"), [(("git-coord",), 130), (("git", "coord"), -signal.SIGINT)])
def test_interrupt_leaves_no_ticket(repo: Repo, program: tuple[str, ...], status: int) -> None:
    """^C ends a wait with 130 and without a trace, also through git, which passes the signal on a second time."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    waiter = waiting(repo, bob, "src", "--wait", "30s", "-q", program=program)
    time.sleep(0.2)
    os.killpg(waiter.pid, signal.SIGINT)
    out, err = waiter.communicate(timeout=30)
    assert (waiter.returncode, out, err.strip()) == (status, "", "")
    assert tickets(repo) == []
    assert [path.name for path in (repo.top / ".git/coord/bells").iterdir()] == []
    repo.here("release", "src", session=alice, check=True)
    assert repo.here("claim", "src", session=repo.start("cy")).status == 0


def test_waiter_that_was_killed_stalls_nobody(repo: Repo) -> None:
    """The ticket of a dead process counts for nothing."""
    alice, bob, cy = repo.start("alice"), repo.start("bob"), repo.start("cy")
    repo.here("claim", "src", session=alice, check=True)
    waiter = waiting(repo, bob, "src", "--wait", "30s", program=("git-coord",))
    waiter.kill()
    waiter.communicate()
    repo.here("release", "src", session=alice, check=True)
    assert repo.here("claim", "src", session=cy).status == 0
    assert tickets(repo) == []


def test_a_wait_that_is_over_holds_up_nobody(repo: Repo) -> None:
    """A ticket counts until its deadline, and no longer, also while its process lives."""
    bob, cy = repo.start("bob"), repo.start("cy")
    me = process.read(os.getpid())
    assert me is not None
    mark = process.mark(me)
    wait = {"session": bob, "scopes": [{"directory": "src"}], "shared": False, "since": 1}
    wait["process"] = [mark.pid, mark.start, mark.boot, mark.namespace]
    ticket = repo.top / ".git/coord/waiting" / f"{1:012d}-{bob}"
    ticket.parent.mkdir()
    for until, status in ((1 << 40, 1), (1, 0)):
        ticket.write_text(json.dumps(wait | {"until": until}))
        assert repo.here("claim", "src", session=cy).status == status


def test_circle_is_refused_at_once_with_both_named(repo: Repo) -> None:
    """Each holds what the other waits for: who comes second is refused at once, the first still waits."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    repo.here("claim", "docs", session=bob, check=True)
    first = waiting(repo, alice, "docs", "--wait", "30s")
    began = time.monotonic()
    refused = repo.coord("claim", "src", "--wait", "30s", "--json", session=bob)
    assert time.monotonic() - began < 5.0
    assert (refused.status, refused.json["reason"], refused.json["result"]) == (1, "held", "refused")
    assert [item["held"]["session"] for item in refused.json["conflicts"]] == [alice]
    for said in ("bob waits for src", "alice waits for docs"):
        assert said in refused.json["why"]
    plain = repo.coord("claim", "src", "--wait", "30s", session=bob)
    assert (plain.status, plain.out) == (1, "")
    assert f"error: {refused.json['why']}\n" in plain.err
    assert first.poll() is None
    assert len(tickets(repo)) == 1
    repo.here("release", "docs", session=bob, check=True)
    assert first.wait(timeout=30) == 0
    first.communicate()


def test_dead_holder_and_passed_deadline_end_a_wait_by_themselves(repo: Repo) -> None:
    """Nobody rings when a deadline passes: the waiter looks then, and takes over."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", "--ttl", "2s", session=alice, check=True)
    won = repo.coord("claim", "src", "--wait", "20s", "--json", session=bob)
    assert (won.status, [item["session"] for item in won.json["took_over"]]) == (0, [alice])
