"""Barriers as they are typed: made, reached, awaited."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Repo


def start(repo: Repo, name: str, *words: str) -> str:
    """Start a session; returns its id."""
    return str(repo.here("start", name, *words, "--json", check=True).json["session"])


def do(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return repo.here(*words, "--json", session=session, check=True).json


def test_sessions_wait_for_each_other(repo: Repo) -> None:
    """The board names who is missing, the last one completes it, and a waiter is woken with the task that is ready."""
    repo.commit("hello.txt", check=True)
    ana, bob = start(repo, "ana"), start(repo, "bob", "--role", "helper")
    made = do(repo, ana, "barrier", "parts", "--need", "ana", "--need", "role:helper", "--then", "merge it")
    assert [one["need"] for one in made["barriers"][0]["missing"]] == ["ana", "role:helper"]
    first = do(repo, ana, "barrier", "parts", "arrive")
    assert (first["again"], first["warnings"]) == (False, [])
    (seen,) = [one for one in do(repo, bob, "status")["attention"] if one["what"] == "barrier"]
    assert (seen["mine"], seen["hint"]) == (True, "git coord barrier parts arrive")
    words = ["git", "coord", "--json", "--session", ana, "barrier", "parts", "wait", "60s"]
    with subprocess.Popen(words, cwd=repo.top, env=repo.env, stdout=subprocess.PIPE, text=True) as waiter:
        repo.write("hello.txt", "not committed")
        last = do(repo, bob, "barrier", "parts", "arrive")
        out, _ = waiter.communicate(timeout=50)
    (done,) = json.loads(out)["barriers"]
    assert (done["status"], done["task"]) == ("complete", last["barriers"][0]["task"])
    assert "is not on your branch" in last["warnings"][0]
    assert [one["subject"] for one in do(repo, ana, "inbox")["messages"]] == [
        f"all have arrived at parts; task {done['task'][:8]} is ready"
    ]
    task = do(repo, ana, "task", "next", "--type", "integrate")
    assert (task["id"], "main at" in task["body"]) == (done["task"], True)
    late = repo.here("barrier", "parts", "arrive", "--json", session=ana)
    assert (late.status, late.json["reason"], "too late" in late.json["message"]) == (1, "ended", True)


def test_what_is_double_gone_or_over_is_said(repo: Repo) -> None:
    """A second arrival, a member that ended, a wait in vain, a barrier that was cancelled."""
    ana, bob = start(repo, "ana"), start(repo, "bob")
    do(repo, ana, "barrier", "parts", "--need", "bob", "--need", "1")
    do(repo, ana, "barrier", "parts", "arrive")
    again = do(repo, ana, "barrier", "parts", "arrive")
    assert (again["again"], "had arrived already" in again["warnings"][-1]) == (True, True)
    do(repo, bob, "end")
    waited = repo.here("barrier", "parts", "wait", "1s", "--json", session=ana)
    assert (waited.status, waited.json["reason"]) == (1, "pending")
    assert "bob (gone)" in waited.json["message"]
    assert "bob (gone)" in repo.here("barrier", session=ana).out
    do(repo, ana, "barrier", "parts", "cancel")
    for action in ("arrive", "wait"):
        over = repo.here("barrier", "parts", action, "--json", session=ana)
        assert (over.status, over.json["reason"]) == (1, "ended")
    assert do(repo, ana, "barrier")["barriers"] == []


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["parts", "leave"], 2, "is not an action of a barrier"),
        (["parts", "arrive", "5s"], 2, "5s goes with wait"),
        (["parts", "arrive", "--need", "1"], 2, "--need makes"),
        (["parts", "--then", "t"], 2, "needs somebody"),
        (["parts", "--need", "0"], 2, "1 to 100"),
        (["parts", "--need", "nobody"], 1, "nobody"),
        (["parts", "--need", "1", "--then", "a\nb"], 2, "is one line"),
        (["parts", "wait", "soon"], 2, "soon"),
        (["parts"], 1, "there is no barrier"),
        (["parts", "arrive"], 1, "there is no barrier"),
    ],
)
def test_what_cannot_be_asked_is_said(repo: Repo, words: list[str], status: int, said: str) -> None:
    """With what would be right."""
    ran = repo.here("barrier", *words)
    assert (ran.status, said in ran.err) == (status, True), ran.err


def test_branches_are_named_in_an_order_with_few_conflicts(repo: Repo) -> None:
    """Whoever conflicts with most comes last, though it arrived first; the commits count that were arrived with."""
    repo.git("config", "core.hooksPath", "/dev/null")
    names = ("ana", "bob", "cleo")
    ids = {name: start(repo, name) for name in names}
    do(repo, ids["ana"], "barrier", "parts", "--need", "3", "--then", "merge it")
    files = {"ana": ("one", "two"), "bob": ("one",), "cleo": ("two",)}
    for name in names:
        repo.git("checkout", "-q", "-b", name, "main")
        repo.commit(*files[name], message=name, check=True)
        do(repo, ids[name], "barrier", "parts", "arrive")
    task = do(repo, ids["ana"], "task", "next", "--type", "integrate")
    lines = task["body"].splitlines()
    assert "greedy" in lines[0]
    assert [line.split()[1] for line in lines[1:]] == ["bob", "cleo", "ana"]
