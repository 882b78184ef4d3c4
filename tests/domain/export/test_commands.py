"""Offering interfaces and looking for them, as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Repo


@pytest.fixture
def ana(repo: Repo) -> str:
    """A session, in a repository with a file."""
    repo.commit("hello.txt", check=True)
    return str(repo.here("start", "ana", "--json", check=True).json["session"])


@pytest.fixture
def bob(repo: Repo) -> str:
    """Another one."""
    return str(repo.here("start", "bob", "--json", check=True).json["session"])


def do(repo: Repo, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return repo.here(*words, "--json", session=session, check=True).json


def test_interface_is_offered_found_superseded_and_withdrawn(repo: Repo, ana: str, bob: str) -> None:
    """Each answer says which interface counts; its first author hears of a newer one."""
    made = do(repo, ana, "export", "greeting", "hello.txt", "-m", "says hello to a visitor")
    assert (made["export"]["file"], made["superseded"], made["confirmed"]) == ("hello.txt", None, True)
    assert (made["export"]["here"], made["export"]["from_another_session"]) == (True, False)
    repo.write("lib/hello.py")
    newer = do(repo, bob, "export", "greeting", "lib", "-m", "says hello and goodbye")
    assert newer["superseded"]["id"] == made["export"]["id"]
    assert "lib is not committed yet" in newer["warnings"][-1]
    (found,) = do(repo, ana, "exports", "visitors", "goodbye")["exports"]
    assert (found["by_name"], found["branch"], found["from_another_session"]) == ("bob", "main", True)
    assert do(repo, ana, "exports", "menu")["exports"] == []
    assert [one["until"] is None for one in do(repo, ana, "exports", "--all")["exports"]] == [True, False]
    gone = do(repo, bob, "export", "greeting", "--withdraw", "-m", "not needed")
    assert (gone["export"], gone["superseded"]["after_by"]) == (None, "")
    assert do(repo, ana, "exports")["exports"] == []
    over = repo.here("exports", "--all", session=ana).out
    assert f"superseded by {newer['export']['id'][:8]})" in over and over.count(", withdrawn)") == 1
    ran = repo.here("export", "greeting", "--withdraw", "--json", session=ana)
    assert (ran.status, ran.json["reason"]) == (1, "not_found")


def test_author_hears_of_a_newer_one(repo: Repo, ana: str, bob: str) -> None:
    """At the next command, once."""
    do(repo, ana, "export", "greeting", "hello.txt", "-m", "says hello")
    do(repo, bob, "export", "greeting", "hello.txt", "-m", "says more")
    told = do(repo, ana, "whoami")["warnings"]
    assert any("bob superseded the interface greeting that you exported" in line for line in told)
    assert do(repo, ana, "whoami")["warnings"] == []
    do(repo, ana, "export", "greeting", "--withdraw")
    assert any("ana withdrew the interface greeting" in line for line in do(repo, bob, "whoami")["warnings"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["api"], "an interface needs a file"),
        (["api", "hello.txt"], "an interface needs a file"),
        (["api", "slot:a", "-m", "w"], "is not a path"),
        (["api", "*.txt", "-m", "w"], "is not a path"),
        (["a\nb", "hello.txt", "-m", "w"], "is one line"),
        (["api", "hello.txt", "--withdraw"], "--withdraw and a file exclude each other"),
        (["api", "hello.txt", "-m", "x" * 17000], "more than"),
        (["api", "../outside", "-m", "w"], "outside"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_offered_is_said(repo: Repo, ana: str, words: list[str], said: str) -> None:
    """With what would be right; nothing is recorded."""
    ran = repo.here("export", *words, session=ana)
    assert (ran.status, said in ran.err) == (2, True), ran.err
    assert do(repo, ana, "exports")["exports"] == []


def test_people_read_lines(repo: Repo, ana: str) -> None:
    """One for each interface, and of a file that is elsewhere on which branch it is."""
    do(repo, ana, "export", "greeting", "hello.txt", "-m", "says hello")
    repo.git("rm", "-q", "hello.txt")
    assert "not here: it is on main" in repo.here("exports", session=ana).out
    assert repo.here("exports", "-q", session=ana).out == "greeting\n"
