"""Which session fits a task: each sign counts and is told, and the order is always the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.match import rank

if TYPE_CHECKING:
    from conftest import Repo


def best(repo: Repo, text: str, session: str = "") -> list[dict[str, Any]]:
    """The sessions that fit."""
    found: list[dict[str, Any]] = repo.here("match", text, "--json", session=session, check=True).json["matches"]
    return found


@pytest.fixture
def crowd(repo: Repo) -> dict[str, str]:
    """Sessions of several kinds, by name."""
    repo.write("src/auth/login.py")
    repo.write("docs/menu.md")
    return {
        "rita": repo.start("rita", "--role", "reviewer"),
        "theo": repo.start("theo", "--can", "python", "--can", "tests", "--can", "Go"),
        "ada": repo.start("ada", "--work", "the new login"),
        "max": repo.start("max"),
    }


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("we need a reviewer for this", "rita", "its role is reviewer"),
        ("fix the python packaging", "theo", "it can python"),
        ("the test is wrong", "theo", "it can tests"),
        ("write it in Go, please", "theo", "it can Go"),
        ("the login forgets its users", "ada", "it works on login"),
    ],
)
def test_each_sign_counts_and_is_told(repo: Repo, crowd: dict[str, str], text: str, name: str, reason: str) -> None:
    """Role, capability, work: whoever bears it comes first, with the reason in words."""
    first = best(repo, text)[0]
    assert (first["session"], first["reasons"][0]) == (crowd[name], reason)


def test_claims_and_commits_on_the_paths_named_count(repo: Repo, crowd: dict[str, str]) -> None:
    """Whoever holds a path knows it, and so does whoever committed there."""
    repo.commit("docs/menu.md", session=crowd["max"], check=True)
    repo.here("claim", "src/auth", session=crowd["max"], check=True)
    told = {
        fit["session"]: fit["reasons"] for fit in best(repo, "change src/auth/login.py and docs/menu.md", crowd["theo"])
    }
    assert told[crowd["max"]] == ["it claims src/auth", "it committed on docs/menu.md"]


def test_the_load_counts_against(repo: Repo, crowd: dict[str, str]) -> None:
    """Of two alike the one with fewer tasks comes first; whoever asks is not offered to itself."""
    other = repo.start("zoe", "--role", "reviewer")
    for title in ("one", "two"):
        repo.here("task", "add", title, session=other, check=True)
        repo.here("task", "next", session=other, check=True)
    found = best(repo, "a reviewer, please", crowd["theo"])
    assert [fit["session"] for fit in found] == [crowd["rita"], other]
    assert "it holds 2 tasks already" in found[1]["reasons"]
    assert [fit["session"] for fit in best(repo, "a reviewer, please", crowd["rita"])] == [other]


def seen(name: str, **more: Any) -> Any:
    """A session as a listing shows it."""
    texts = dict.fromkeys(("role", "work", "target", "phase", "next", "branch"), "")
    lists: dict[str, Any] = {"capabilities": (), "claims": (), "touched": ()}
    return SimpleNamespace(**{**texts, **lists, "id": name, "status": "active", "last_seen": 100, **more})


def test_whoever_is_idle_comes_after_whoever_is_at_work() -> None:
    """Idle counts against, and is told; it makes nobody fit who does not."""
    ask = rank.wanted("a reviewer, please")
    active, idle = seen("a", role="reviewer"), seen("b", role="reviewer", status="idle", last_seen=200)
    ranks = [(one, rank.rank(ask, one, 0, {})) for one in (idle, active, seen("c", status="idle"))]
    assert [one.id for one, _ in rank.in_order(ranks)] == ["a", "b"]
    assert ranks[0][1].reasons == ["its role is reviewer", "it is idle"]


def test_of_equals_the_one_that_was_seen_last_comes_first() -> None:
    """Then the ids decide, so the order is the same whoever asks and in whatever order they are found."""
    ask = rank.wanted("a reviewer, please")
    times = {"d": 100, "b": 300, "c": 200, "a": 200}
    ranks = [
        (one, rank.rank(ask, one, 0, {})) for one in (seen(k, role="reviewer", last_seen=t) for k, t in times.items())
    ]
    assert len({found.points for _, found in ranks}) == 1
    for turned in (ranks, ranks[::-1]):
        assert [one.id for one, _ in rank.in_order(turned)] == ["b", "a", "c", "d"]


def test_where_nobody_fits_a_new_session_is_named(repo: Repo, crowd: dict[str, str]) -> None:
    """With the role that it would have; in words that say nothing it is a usage error."""
    said = repo.here("match", "audit the crypto", session=crowd["theo"], check=True)
    assert said.out == "no session fits; start a new one: git coord start --role reviewer\n"
    assert repo.here("match", "to be or").status == 2
    assert repo.here("match", "a reviewer", "-q", session=crowd["theo"]).out == f"{crowd['rita']}\n"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("mend /top/a/b.py and (./c.py, d/e)", ("a/b.py", "c.py", "d/e", "in/c.py", "in/d/e")),
        ("fix src/auth/login.py, and lib/.", ("src/auth/login.py", "in/src/auth/login.py")),
        ("see `README.md`: it is wrong.", ("README.md", "in/README.md")),
        ("either/or", ("either/or", "in/either/or")),
        ("nothing here. At all.", ()),
    ],
)
def test_what_is_a_path(text: str, paths: tuple[str, ...]) -> None:
    """What has a slash or a dot within, without what surrounds it in a sentence, from the top and from where one is."""
    assert rank.wanted(text, "/top", "in").paths == paths
