"""Past the guard, as the holder hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Repo


def past(repo: Repo, session: str, *words: str) -> None:
    """Run git past the guard as a session, whose next command sends what the hooks left."""
    repo.git("-c", "coord.guard=off", *words, GIT_COORD_SESSION=session)
    repo.here("whoami", session=session, check=True)


def told(repo: Repo, session: str) -> list[str]:
    """What the session is told of it at its next command."""
    found = repo.here("claims", "--json", session=session).json["warnings"]
    return [text for text in found if "past the guard" in text]


def test_a_bypass_is_told_once(repo: Repo) -> None:
    """A commit past the guard that is pushed past it, twice, is told once; so it is to a holder who came since.

    A holder whose worktree had the commit when it claimed has nothing to be told: it builds on it.
    """
    repo.git("init", "-q", "--bare", str(repo.top.parent / "hub.git"))
    repo.git("remote", "add", "origin", str(repo.top.parent / "hub.git"))
    repo.git("push", "-q", "origin", "main", "main:base")
    alice, bob, carol, dave = (repo.start(name) for name in ("alice", "bob", "carol", "dave"))
    repo.git("worktree", "add", "-q", "--detach", str(repo.top.parent / "elsewhere"))
    repo.here("claim", "src/a.py", session=bob, check=True)
    repo.write("src/a.py", "new\n")
    repo.write("docs/guide.md", "new\n")
    repo.write("src/b.py", "new\n")
    past(repo, alice, "commit", "-q", "-a", "-m", "urgent")
    assert len(told(repo, bob)) == 1
    repo.here("-C", str(repo.top.parent / "elsewhere"), "claim", "docs", session=carol, check=True)
    repo.here("claim", "src/b.py", session=dave, check=True)
    for branch in ("main", "other"):
        past(repo, alice, "push", "-q", "origin", f"HEAD:refs/heads/{branch}")
        repo.git("update-ref", "-d", f"refs/remotes/origin/{branch}")
    assert told(repo, bob) == []
    assert len(told(repo, carol)) == 1
    assert told(repo, dave) == []
    operations = repo.git("log", "--first-parent", "--format=%s", "refs/coord/ledger").splitlines()
    assert len([line for line in operations if line.startswith("past the guard")]) == 2
    assert not list((repo.top / ".git/coord/spool").iterdir())
