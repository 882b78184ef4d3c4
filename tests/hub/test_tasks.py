"""Tasks across machines: each is given to one session, whatever a clone believed while the hub was away."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from support.torture import TIMES

from gitcoord.policy.lease import SKEW

from .faults import Hours, Timed
from .storm import read_book

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub, Mould

GRACE = 120


def refused(clone: Clone, session: str, *words: str) -> str:
    """Run a command about tasks, which must be refused; returns the reason."""
    ran = clone.here("task", *words, "--json", session=session)
    assert ran.status == 1, ran.out
    return str(ran.json["reason"])


def task(clone: Clone, session: str, *words: str) -> dict[str, Any]:
    """Run a command about tasks, which must succeed; returns its JSON."""
    return clone.here("task", *words, "--json", session=session, check=True).json


def test_two_clones_and_one_task(pair: tuple[Clone, Clone]) -> None:
    """One session gets the task, the other one is told that there is none."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    made = task(one, alice, "add", "work")
    assert made["confirmed"] is True
    given = task(two, bob, "next")
    assert (given["id"], given["confirmed"], given["holder"]) == (made["id"], True, bob)
    assert given["token"] > 0
    refused = one.here("task", "next", "--json", session=alice)
    assert (refused.status, refused.json["reason"]) == (1, "empty")
    assert task(two, bob, "done", made["id"])["confirmed"] is True


def test_race_that_is_lost_at_the_hub_takes_the_next_best(pair: tuple[Clone, Clone]) -> None:
    """A clone that saw the best task free, and comes second, gets another one and not a refusal."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    best = task(one, alice, "add", "best", "--priority", "critical")["id"]
    other = task(one, alice, "add", "other")["id"]
    two.sync()
    assert task(one, alice, "next")["id"] == best
    two.forget_others()
    given = task(two, bob, "next")
    assert (given["id"], given["confirmed"]) == (other, True)


def test_task_taken_while_the_hub_is_away_is_provisional(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """Two clones take one task without the hub: both are told that it is provisional, and one keeps it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    best = task(one, alice, "add", "best", "--priority", "high")["id"]
    other = task(one, alice, "add", "other")["id"]
    two.sync()
    hub.away()
    for clone, session in ((one, alice), (two, bob)):
        given = task(clone, session, "next")
        assert (given["id"], given["confirmed"], given["token"]) == (best, False, None)
    hub.back()
    one.forget_away()
    two.forget_away()
    one.sync()
    two.sync()
    one.sync()
    held = {item["id"]: item for item in task(one, alice, "list")["tasks"]}
    assert (held[best]["holder"], held[best]["status"]) == (alice, "running")
    assert (held[other]["holder"], held[other]["status"]) == ("", "ready"), "what the hub gave instead went back"
    refused = two.here("task", "done", best, "--json", session=bob)
    assert (refused.status, refused.json["reason"]) == (1, "not_mine")
    assert any("the hub gave it to another session" in text for text in refused.json["warnings"])


def test_what_is_said_of_a_task_without_the_hub_is_provisional(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """Whatever it is: a task that was taken and returned, or is a little further, is not as the hub knows it."""
    one, _ = pair
    alice = one.start("alice")
    first, second = (task(one, alice, "add", title)["id"] for title in ("first", "second"))
    token = task(one, alice, "take", first)["token"]
    hub.away()
    held = task(one, alice, "update", first, "--progress", "50")
    assert (held["confirmed"], held["token"]) == (False, token), "the hub gave it under that token"
    assert task(one, alice, "take", second)["confirmed"] is False
    given_back = task(one, alice, "return", second)
    assert (given_back["status"], given_back["confirmed"]) == ("ready", False)
    hub.back()
    one.forget_away()
    one.sync()
    assert [item["confirmed"] for item in task(one, alice, "list")["tasks"]] == [True, True]


def test_task_of_a_clone_that_is_silent_is_offered_again(pair: tuple[Clone, Clone]) -> None:
    """Another clone gets it when its time, the skew and the grace after the first meeting are over, not before."""
    hours = Hours()
    one, two = (Timed(clone, hours) for clone in pair)
    alice, bob = one.start("alice"), two.start("bob")
    name = task(one, alice, "add", "work", "--timeout", "1m", "--backoff", "0")["id"]
    token = task(one, alice, "next")["token"]
    assert refused(two, bob, "take", name) == "held"
    hours.pass_by(60 + SKEW + 1)
    assert refused(two, bob, "next") == "empty"  # the first meeting that counts
    hours.pass_by(GRACE - 1)
    assert refused(two, bob, "take", name) == "held"
    hours.pass_by(1)
    given = task(two, bob, "next")
    assert (given["id"], given["confirmed"], given["attempt"]) == (name, True, 2)
    assert given["token"] > token
    assert refused(one, alice, "done", name) == "not_mine"


@pytest.mark.slow
def test_clones_that_drain_one_hub_do_each_task_once(clones: list[Clone]) -> None:
    """Three clones take and complete tasks at the same time: each task is done once, and none is left."""
    maker = clones[0].start("maker")
    names = [task(clones[0], maker, "add", f"t{at}")["id"] for at in range(6 * TIMES)]
    script = (
        "while git-coord task next -q >>got 2>/dev/null; do git-coord task done $(tail -n 1 got) -q || exit 9; done"
    )
    workers = []
    for clone in clones:
        env = clone.env | {"GIT_COORD_SESSION": clone.start("w")}
        workers.append(subprocess.Popen(["sh", "-c", script], cwd=clone.top, env=env))
    assert [worker.wait(timeout=300) for worker in workers] == [0] * len(workers)
    got = [name for clone in clones for name in (clone.top / "got").read_text().split()]
    assert sorted(got) == sorted(names)
    clones[0].sync()
    assert task(clones[0], maker, "list", "--status", "completed")["total"] == len(names)


@pytest.mark.skipif(TIMES == 1, reason="one of the long variants: GITCOORD_TORTURE=2")
def test_many_clones_that_drain_one_hub(hub: Hub, tmp_path: Path, env: dict[str, str], mould_of_clones: Mould) -> None:
    """Eight clones at once: the hub's ledger has each task given, held, done as it must."""
    clones = mould_of_clones.press(tmp_path, env, *(f"clone{at}" for at in range(8)))
    maker = clones[0].start("maker")
    lines = tmp_path / "tasks.jsonl"
    lines.write_text('{"title": "work", "attempts": 100}\n' * 40)
    names = task(clones[0], maker, "import", str(lines))["ids"]
    # To the end, whatever races are lost: a task that only this clone thought to have is another's.
    script = "while id=$(git-coord task next -q 2>/dev/null); do git-coord task done $id -q 2>/dev/null; done"
    script = f"until git-coord task list --json | grep -q '\"total\": 0'; do {script}; done"
    workers = []
    for clone in clones:
        clone.sync()
        worker = clone.env | {"GIT_COORD_SESSION": clone.start("w")}
        workers.append(subprocess.Popen(["sh", "-c", script], cwd=clone.top, env=worker))
    assert [worker.wait(timeout=900) for worker in workers] == [0] * len(workers)
    while "id" in (more := clones[0].here("task", "next", "--json", session=maker).json):
        task(clones[0], maker, "done", more["id"])
    for clone in clones:
        clone.forget_away()
        clone.sync()
    _, book, _, wrong = read_book(hub)
    assert [*wrong, *book.wrong] == []
    assert {name for name, known in book.tasks[-1].items() if known.over} == set(names)
    assert len({deed.session for deed in book.deeds if deed.kind == "task-done" and not deed.reason}) > 1
