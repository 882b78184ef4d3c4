"""Waiting in line: who comes first, who is woken, what is never waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.claim.wait import LOOK_AGAIN

if TYPE_CHECKING:
    from .rig import Arena, Worker


def queued(arena: Arena, count: int) -> None:
    """Return when so many tickets are drawn."""
    until = time.monotonic() + 20
    directory = arena.git_dir / "coord" / "waiting"
    while time.monotonic() < until:
        if directory.is_dir() and sum(1 for path in directory.iterdir() if path.name[0] != ".") >= count:
            return
        time.sleep(0.005)
    raise AssertionError(f"{count} waiters never stood in line")


def line_up(arena: Arena, workers: list[Worker], *texts: str, seconds: int = 60, shared: bool = False) -> None:
    """Let these workers wait for the scopes, one after the other."""
    for at, worker in enumerate(workers):
        worker.tell("wait", list(texts), shared, seconds)
        assert worker.hear() == {"waiting": True}
        queued(arena, at + 1)


@pytest.mark.slow
def test_waiters_are_served_in_order_and_woken_by_the_release(any_arena: Arena) -> None:
    """Five waiters get the scope in the order in which they came, each long before it would look unasked."""
    holder, *waiters = any_arena.obedient(*any_arena.sessions("holder", *[f"w{n}" for n in range(5)]))
    holder.tell("claim", ["src"], False)
    assert holder.hear()["result"] == "won"
    line_up(any_arena, waiters, "src/a.py")
    holder.tell("release")
    last = holder.hear()["at"]
    tokens = []
    for waiter in waiters:
        got = waiter.hear()
        assert got["result"] == "won"
        assert got["at"] - last < LOOK_AGAIN / 4
        tokens.append(got["token"])
        waiter.tell("release")
        last = waiter.hear()["at"]
    assert tokens == sorted(tokens)
    assert list((any_arena.git_dir / "coord" / "waiting").iterdir()) == []
    assert list((any_arena.git_dir / "coord" / "bells").iterdir()) == []
    any_arena.operations()
    any_arena.sound()


def test_newcomer_does_not_pass_the_line(any_arena: Arena) -> None:
    """Who claims without waiting is refused while somebody waits, told whom; who holds part of the scope may go on."""
    holder, waiter, newcomer = any_arena.obedient(*any_arena.sessions("holder", "waiter", "newcomer"))
    holder.tell("claim", ["src/a.py"], False)
    holder.hear()
    line_up(any_arena, [waiter], "src")
    newcomer.tell("claim", ["src/b.py"], False)
    refused = newcomer.hear()
    assert (refused["result"], refused["by"]) == ("refused", [waiter.session])
    newcomer.tell("claim", ["docs"], False)
    assert newcomer.hear()["result"] == "won"
    holder.tell("claim", ["src/b.py"], False)
    assert holder.hear()["result"] == "won", "or both would stand still"
    holder.tell("release")
    holder.hear()
    assert waiter.hear()["result"] == "won"
    any_arena.sound()


@pytest.mark.slow
def test_shared_waiters_come_in_together(any_arena: Arena) -> None:
    """Shared waits do not hold each other up."""
    holder, *waiters = any_arena.obedient(*any_arena.sessions("holder", "a", "b", "c"))
    holder.tell("claim", ["src"], False)
    holder.hear()
    line_up(any_arena, waiters, "src", shared=True)
    holder.tell("release")
    holder.hear()
    assert [waiter.hear()["result"] for waiter in waiters] == ["won"] * 3


def test_dead_waiter_stalls_nobody(any_arena: Arena) -> None:
    """The first in line is killed: the second gets the scope as soon as it is free."""
    holder, first, second = any_arena.obedient(*any_arena.sessions("holder", "first", "second"))
    holder.tell("claim", ["src"], False)
    holder.hear()
    line_up(any_arena, [first, second], "src")
    first.kill(group=True)
    first.process.wait()
    holder.tell("release")
    released = holder.hear()["at"]
    got = second.hear()
    assert got["result"] == "won"
    assert got["at"] - released < LOOK_AGAIN / 4


def test_dead_holder_of_a_short_lease_is_taken_over(any_arena: Arena) -> None:
    """A waiter takes over when the holder's lease runs out, without being rung."""
    (short,) = any_arena.sessions("short", lease=2)
    (waiting,) = any_arena.sessions("waiter")
    holder, waiter = any_arena.obedient(short, waiting)
    holder.tell("claim", ["src"], False)
    holder.hear()
    holder.kill(group=True)
    started = time.monotonic()
    waiter.tell("wait", ["src"], False, 30)
    waiter.hear()
    got = waiter.hear()
    assert (got["result"], got["took"]) == ("won", 1)
    assert 1 < time.monotonic() - started < LOOK_AGAIN


def test_wait_past_the_holders_deadline_takes_over(arena: Arena) -> None:
    """`git coord claim --wait` past the end of a claim with a deadline wins it, exit 0."""
    a, b = arena.sessions("a", "b")
    arena.coord("claim", "src", "--ttl", "2s", who=a, check=True)
    started = time.monotonic()
    won = arena.coord("claim", "src", "--wait", "20s", who=b)
    assert won.status == 0, won.err
    assert time.monotonic() - started < LOOK_AGAIN


def test_wait_that_is_over_is_a_refusal(arena: Arena) -> None:
    """A wait ends by its deadline with exit 1, names the holder and leaves no ticket."""
    a, b = arena.sessions("a", "b")
    arena.coord("claim", "src", who=a, check=True)
    started = time.monotonic()
    ran = arena.coord("claim", "src", "--wait", "1s", who=b)
    assert 1 <= time.monotonic() - started < 30
    assert ran.status == 1
    assert "a" in ran.err
    assert list((arena.git_dir / "coord" / "waiting").iterdir()) == []
    arena.sound()


def test_circle_of_two_is_refused_with_its_names(any_arena: Arena) -> None:
    """Each waits for what the other holds: the second is refused at once, the first goes on waiting."""
    one, two = any_arena.obedient(*any_arena.sessions("one", "two"))
    for worker, text in ((one, "a"), (two, "b")):
        worker.tell("claim", [text], False)
        assert worker.hear()["result"] == "won"
    line_up(any_arena, [one], "b/x")
    two.tell("wait", ["a/y"], False, 60)
    two.hear()
    answer = two.hear(5)
    assert answer["result"] == "refused"
    assert "one" in answer["why"]
    assert "two" in answer["why"]
    two.tell("release")
    two.hear()
    assert one.hear(5)["result"] == "won"
    any_arena.sound()


def test_circle_of_three_is_refused_with_its_names(any_arena: Arena) -> None:
    """A waits for B, B for C; C may not wait for A, and is told all three."""
    workers = any_arena.obedient(*any_arena.sessions("ann", "ben", "cat"))
    for worker, text in zip(workers, "abc", strict=True):
        worker.tell("claim", [text], False)
        assert worker.hear()["result"] == "won"
    for at, text in enumerate("bc"):
        workers[at].tell("wait", [text], False, 60)
        workers[at].hear()
        queued(any_arena, at + 1)
    workers[2].tell("wait", ["a"], False, 60)
    workers[2].hear()
    answer = workers[2].hear(5)
    assert answer["result"] == "refused"
    assert all(name in answer["why"] for name in ("ann", "ben", "cat"))
    workers[2].tell("release")
    workers[2].hear()
    assert workers[1].hear(5)["result"] == "won"
    workers[1].tell("release")
    workers[1].hear()
    assert workers[0].hear(5)["result"] == "won"


def test_second_upgrade_of_a_shared_scope_is_refused(any_arena: Arena) -> None:
    """Two holders of a shared scope both want it alone: the second is refused, the first gets it once it goes."""
    one, two = any_arena.obedient(*any_arena.sessions("one", "two"))
    for worker in (one, two):
        worker.tell("claim", ["src"], True)
        assert worker.hear()["result"] == "won"
    line_up(any_arena, [one], "src")
    two.tell("wait", ["src"], False, 60)
    two.hear()
    assert "waiting would never end" in two.hear(5)["why"]
    two.tell("release")
    two.hear()
    assert one.hear(5)["result"] == "won"
    any_arena.sound()


def test_waiting_is_said_on_the_log(any_arena: Arena) -> None:
    """A wait stands on the waiter's log as a statement that everybody can read."""
    holder, waiter = any_arena.obedient(*any_arena.sessions("holder", "waiter"))
    holder.tell("claim", ["src"], False)
    holder.hear()
    line_up(any_arena, [waiter], "src/a.py")
    until = time.monotonic() + 10
    while "wait for src/a.py" not in any_arena.git("log", "--format=%s", "--glob=refs/coord/sessions/*/log"):
        assert time.monotonic() < until, "the wait is on no log"
