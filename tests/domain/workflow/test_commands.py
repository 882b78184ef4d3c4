"""Workflows as they are typed: a feature built in stages by two sessions."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.task import record as tasks

if TYPE_CHECKING:
    from conftest import Repo

    from gitcoord.ledger.state import State

FLOW = {
    "title": "Login",
    "stages": [
        {"name": "build", "title": "Build [it]", "scopes": ["src/"], "on_complete": "merge", "timeout": "2h"},
        {"name": "review", "title": 'Look "at" it', "needs": ["build"], "who": "role:reviewer"},
    ],
}


def do(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return repo.here(*words, "--json", session=session, check=True).json


@pytest.fixture
def ana(repo: Repo) -> str:
    """A session, beside a file with a workflow."""
    repo.write("flow.json", json.dumps(FLOW))
    return str(repo.here("start", "ana", "--json", check=True).json["session"])


@pytest.fixture
def bob(repo: Repo) -> str:
    """A reviewer."""
    return str(repo.here("start", "bob", "--role", "reviewer", "--json", check=True).json["session"])


def test_feature_is_built_in_stages(repo: Repo, ana: str, bob: str) -> None:
    """The second stage finds the commit and the file of the first; a failure stands on the board until the retry."""
    repo.write("src/old.py")
    repo.commit("src/old.py", session=ana, message="before the stage", check=True)
    started = do(repo, ana, "workflow", "start", "flow.json")
    assert [(one["name"], one["status"]) for one in started["stages"]] == [("build", "ready"), ("review", "pending")]
    assert (started["left"], started["confirmed"]) == (2, True)
    task = do(repo, ana, "task", "next")
    assert (task["workflow"], task["scopes"], task["timeout"]) == (started["id"], ["src"], 7200)
    repo.commit("src/login.py", session=ana, message="login: add", check=True)
    do(repo, ana, "task", "done", task["id"], "-m", "argon2 it is")
    review = do(repo, bob, "task", "next")
    for said in ("ana", "on main", "Merge main", "Summary: argon2 it is", " login: add", "- src/login.py"):
        assert said in review["body"], said
    do(repo, bob, "task", "fail", review["id"], "--error", "no tests", "--final")
    (seen,) = [one for one in do(repo, ana, "status")["attention"] if one["what"] == "workflow"]
    assert (seen["mine"], seen["hint"]) == (True, f"git coord workflow retry review --of {started['id'][:8]}")
    assert "! " in repo.here("workflow", "show", session=ana).out.replace("[!]", "! ")
    assert do(repo, ana, "workflow", "retry", "review")["stages"][1]["status"] == "ready"
    do(repo, bob, "task", "next")
    do(repo, bob, "task", "done", review["id"])
    assert any("the last stage of Login" in line for line in do(repo, ana, "whoami")["warnings"])
    assert do(repo, ana, "workflow", "show")["workflows"] == []
    (over,) = do(repo, ana, "workflow", "show", started["id"][:8])["workflows"]
    assert (over["status"], over["left"]) == ("complete", 0)


def test_workflow_ends_though_each_of_its_holders_is_killed(repo: Repo, ana: str) -> None:
    """Whoever holds a stage dies with it in hand: the next one gets it again, and hands on what came of it."""
    stages = [{"name": name, "title": name, "needs": needs} for name, needs in (("a", []), ("b", ["a"]), ("c", ["b"]))]
    repo.write("three.json", json.dumps({"title": "Three", "stages": stages}))
    flow = do(repo, ana, "workflow", "start", "three.json")["id"]

    def hold(name: str, window: subprocess.Popen[bytes]) -> tuple[str, dict[str, Any]]:
        me = str(do(repo, ana, "start", name, "--pid", str(window.pid))["session"])
        return me, do(repo, me, "task", "next")

    for stage, told in (("a", ""), ("b", "Summary: a, at last"), ("c", "Summary: b, at last")):
        with subprocess.Popen(["sleep", "600"]) as window:
            killed, lost = hold(f"{stage}1", window)
            window.kill()
        with subprocess.Popen(["sleep", "600"]) as window:
            me, held = hold(f"{stage}2", window)
            assert (held["id"], held["title"], held["attempt"]) == (lost["id"], stage, 2)
            assert told in held["body"]
            assert repo.here("task", "done", lost["id"], session=killed).status == 1, "it has lost the stage"
            do(repo, me, "task", "done", held["id"], "-m", f"{stage}, at last")
            window.kill()
    (over,) = do(repo, ana, "workflow", "show", flow[:8])["workflows"]
    assert (over["status"], over["left"]) == ("complete", 0)


def test_drawings_hold_words_of_others_as_words(repo: Repo, ana: str) -> None:
    """Nothing in a title is markup: not in Markdown, and not in Mermaid, where a quote would end a label."""
    do(repo, ana, "workflow", "start", "flow.json")
    text = repo.here("workflow", "show", "--markdown", session=ana).out
    assert "- [ ] build: Build \\[it\\] (ready)" in text
    drawn = repo.here("workflow", "show", "--mermaid", session=ana).out.splitlines()
    assert drawn[0] == "flowchart LR"
    assert drawn[2] == '    s1["Look #34;at#34; it<br>pending, for role:reviewer, after build"]'
    assert drawn[3] == "    s0 --> s1"
    do(repo, ana, "workflow", "start", "flow.json")
    both = repo.here("workflow", "show", "--mermaid", session=ana).out.splitlines()
    assert [line.split()[0] for line in both if "[" not in line or "subgraph" in line][:7] == [
        *("flowchart", "subgraph", "w0s0", "end", "subgraph", "w1s0", "end")
    ], "two workflows are two boxes of one chart"
    assert repo.here("workflow", "show", "--markdown", "--mermaid", session=ana).status == 2


def test_workflow_is_cancelled(repo: Repo, ana: str, bob: str) -> None:
    """With its stages; of several one is named; a stage that did not fail is not tried again."""
    first = do(repo, ana, "workflow", "start", "flow.json")["id"]
    early = repo.here("workflow", "retry", "build", "--json", session=ana)
    assert (early.status, early.json["reason"]) == (1, "pending")
    do(repo, ana, "workflow", "start", "flow.json")
    assert repo.here("workflow", "cancel", session=bob).status == 2
    over = do(repo, bob, "workflow", "cancel", first[:8], "-m", "not now")
    assert [one["error"] for one in over["stages"]] == ["not now", "not now"]
    again = repo.here("workflow", "cancel", first, "--json", session=bob)
    assert (again.status, again.json["reason"]) == (1, "ended")
    do(repo, bob, "workflow", "cancel")
    none = repo.here("workflow", "cancel", "--json", session=bob)
    assert (none.status, none.json["reason"]) == (1, "not_found")


def test_template_can_be_started(repo: Repo, ana: str) -> None:
    """As it is printed; one that is not there is said, and so is a stage for nobody."""
    repo.write("flow.json", repo.here("workflow", "template", "parallel").out)
    assert len(do(repo, ana, "workflow", "start", "flow.json")["stages"]) == 3
    assert "it is one of: implement-review-test, parallel" in repo.here("workflow", "template", "x").err
    repo.write("flow.json", json.dumps({"stages": [{"who": "nobody"}]}))
    assert repo.here("workflow", "start", "flow.json", session=ana).status == 1
    repo.write("flow.json", json.dumps({"stages": [{"on_complete": "explode"}]}))
    assert "on_complete of stage-1 is" in repo.here("workflow", "start", "flow.json", session=ana).err


def test_a_long_workflow_is_shown_with_one_look_at_each_stage(
    repo: Repo, ana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a stage waits for is known from those before it; one that is blocked far behind a failed stage says so."""
    stages = [{"name": f"s{n}", "title": "x", "needs": [f"s{n - 1}"] if n else []} for n in range(60)]
    repo.write("long.json", json.dumps({"title": "Long", "stages": stages}))
    do(repo, ana, "workflow", "start", "long.json")
    looks, read = list[str](), tasks.read

    def look(state: State, name: str) -> tasks.Task | None:
        looks.append(name)
        return read(state, name)

    monkeypatch.setattr(tasks, "read", look)
    (shown,) = do(repo, ana, "workflow", "show")["workflows"]
    assert [one["status"] for one in shown["stages"]] == ["ready", *["pending"] * 59]
    assert 0 < len(looks) <= 3 * 60
    monkeypatch.undo()
    do(repo, ana, "task", "take", shown["stages"][0]["task"])
    do(repo, ana, "task", "fail", shown["stages"][0]["task"], "--error", "no", "--final")
    (shown,) = do(repo, ana, "workflow", "show")["workflows"]
    assert [one["status"] for one in shown["stages"]] == ["failed", *["blocked"] * 59]
