"""What other commands say of tasks and handoffs: `metrics`, `doctor`, `start`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.board import figure
from gitcoord.domain.board.figure import Life

if TYPE_CHECKING:
    from conftest import Repo


@pytest.fixture
def ana(repo: Repo) -> str:
    """A session."""
    return begin(repo, "ana")


def begin(repo: Repo, name: str, *words: str) -> str:
    """Start a session, which is told nothing."""
    ran = repo.here("start", name, *words, "--json", check=True).json
    assert ran["warnings"] == []
    return str(ran["session"])


def do(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return repo.here(*words, "--json", session=session, check=True).json


def counted(repo: Repo, *words: str) -> dict[str, dict[str, Any]]:
    """What `metrics` counts as work, by name."""
    return {item["what"]: item for item in repo.here("metrics", *words, "--json", check=True).json["work"]}


def test_lives_are_counted() -> None:
    """Medians are of those that got so far; a clock that is behind makes no negative length."""
    lives = [Life(100), Life(100, 110), Life(100, 130, 200, "completed"), Life(100, 90, 150, "failed")]
    found = figure.of("tasks", lives, "completed")
    assert (found.count, found.open, found.ended) == (4, 2, {"completed": 1, "failed": 1})
    assert (found.completion, found.response, found.length) == (0.5, 10, 100)
    none = figure.of("tasks", [Life(100)], "completed")
    assert (none.completion, none.response, none.length) == (None, None, None)


def test_metrics_count_tasks_requests_and_handoffs(repo: Repo, ana: str) -> None:
    """Each apart, requests by what is asked for; where there is nothing of a kind it is not named."""
    assert counted(repo) == {}
    bob = begin(repo, "bob")
    done = do(repo, ana, "task", "add", "one")["id"]
    do(repo, ana, "task", "add", "two")
    do(repo, bob, "task", "take", done)
    do(repo, bob, "task", "done", done)
    declined = do(repo, ana, "ask", "bob", "look at it", "--type", "review")["id"]
    do(repo, bob, "task", "decline", declined)
    do(repo, bob, "claim", "src/a.py")
    offer = do(repo, bob, "handoff", "offer", "ana")["id"]
    do(repo, ana, "handoff", "accept", offer)
    do(repo, bob, "handoff", "offer", "next")
    found = counted(repo)
    assert list(found) == ["handoffs", "tasks", "requests (review)"]
    assert (found["tasks"]["open"], found["tasks"]["ended"], found["tasks"]["completion"]) == (1, {"completed": 1}, 1.0)
    assert found["requests (review)"]["count"] == 1
    assert (found["handoffs"]["open"], found["handoffs"]["ended"]) == (1, {"accepted": 1})
    assert found["handoffs"]["response"] is not None
    assert counted(repo, "--since", "2100-01-01") == {}
    assert "tasks       1 open, 1 completed (100% as wanted)" in repo.here("metrics", check=True).out


def test_a_new_session_is_told_what_it_may_take(repo: Repo, ana: str) -> None:
    """Offers to whoever comes and to its name, requests to what it can do; nobody is told of another's."""
    do(repo, ana, "claim", "src/a.py")
    do(repo, ana, "handoff", "offer", "next", "-m", "finish the login")
    warnings = repo.here("start", "bob", "--json", check=True).json["warnings"]
    assert any("offers whoever comes work: finish the login" in text for text in warnings)
    cleo = repo.here("start", "cleo", "--can", "review", "--json", check=True).json["session"]
    do(repo, ana, "ask", "can:review", "look at it", "--type", "review")
    do(repo, cleo, "end")
    told = repo.here("start", "dora", "--can", "review", "--json", check=True).json["warnings"]
    assert any("ana asks for review: look at it" in text and "git coord task take" in text for text in told)
    told = repo.here("start", "emil", "--json", check=True).json["warnings"]
    assert not any("look at it" in text for text in told)


def test_doctor_names_tasks_that_are_stuck(repo: Repo, ana: str) -> None:
    """Those that a gone session holds, and those behind one that failed; a task that goes on is no finding."""

    def findings() -> list[str]:
        found = repo.here("doctor", "--json").json["findings"]
        return [item["message"] for item in found if item["name"] == "tasks" and not item["ok"]]

    dead = begin(repo, "dead", "--lease", "1s", "--pid", "1")
    first = do(repo, ana, "task", "add", "first")["id"]
    do(repo, ana, "task", "add", "second", "--after", first)
    do(repo, dead, "task", "take", first)
    live = findings()
    do(repo, dead, "task", "fail", first, "--error", "no", "--final")
    (stuck,) = findings()
    assert "1 task cannot be done" in stuck
    assert "second" in stuck
    assert not any("second" in text for text in live)


def test_doctor_names_tasks_of_a_gone_session(repo: Repo, ana: str) -> None:
    """With the command that frees them."""
    task = do(repo, ana, "task", "add", "lost work")["id"]
    workspace = repo.workspace()
    from gitcoord.domain.task import findings

    do(repo, ana, "task", "take", task)
    assert list(findings.findings(workspace, workspace.ledger.state())) == []

    class Later:
        def now(self) -> int:
            return 1 << 33

    from gitcoord.dataclass import replace

    (found,) = findings.findings(replace(workspace, clock=Later()), workspace.ledger.state())
    assert (found.ok, found.mend) == (False, "git coord retire --gone")
    assert "lost work" in found.message


def test_doctor_says_where_it_stops_to_look(repo: Repo, ana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list is cut, and that is told."""
    from gitcoord.domain.task import findings

    first = do(repo, ana, "task", "add", "first")["id"]
    for title in ("second", "third"):
        do(repo, ana, "task", "add", title, "--after", first)
    workspace = repo.workspace()
    assert list(findings.findings(workspace, workspace.ledger.state())) == []
    monkeypatch.setattr(findings, "MOST", 1)
    (found,) = findings.findings(workspace, workspace.ledger.state())
    assert (found.ok, found.message) == (True, "only the first 1 of those that are pending were looked at")
