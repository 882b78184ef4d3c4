"""A hub with a branch `main`, and clones of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import Repo
from support.moulds import press
from support.programs import sealed

if TYPE_CHECKING:
    from pathlib import Path

    from support.programs import Ran


class Clone:
    """A clone in which a session works."""

    def __init__(self, repo: Repo, name: str) -> None:
        self.repo = repo
        self.hub = repo.top.parent / "hub.git"
        self.session = repo.start(name)

    def branch(self, name: str, *changes: tuple[str, str], onto: str = "origin/main") -> str:
        """Make a branch on which each change is a commit; returns its tip."""
        self.repo.git("checkout", "-q", "-B", name, onto)
        for path, content in changes:
            self.repo.write(path, content)
            self.repo.git("add", "--", path)
            self.repo.git("commit", "-q", "-n", "-m", f"{name}: {path}")
        return self.repo.git("rev-parse", "HEAD")

    def land(self, *args: str) -> Ran:
        """Land in this process."""
        return self.repo.here("land", *args, "--json", session=self.session)

    def push(self) -> None:
        """Push the branch here to main, past everything."""
        self.repo.git("-c", "core.hooksPath=/dev/null", "push", "-q", "origin", "HEAD:main")

    def main(self) -> str:
        """The commit of main at the hub."""
        return self.repo.run("git", "-C", str(self.hub), "rev-parse", "main").out.strip()

    def there(self) -> list[str]:
        """The files of main at the hub."""
        return self.repo.run("git", "-C", str(self.hub), "ls-tree", "-r", "--name-only", "main").out.split()

    def everything(self) -> tuple[str, ...]:
        """What a landing leaves as it is: branches, worktrees, index and files."""
        git = self.repo.git
        return (
            git("for-each-ref", "refs/heads"),
            git("worktree", "list", "--porcelain"),
            git("status", "--porcelain"),
            git("rev-parse", "HEAD"),
        )


@pytest.fixture(scope="session")
def hub_mould(tmp_path_factory: pytest.TempPathFactory, bare_mould: Path) -> Path:
    """A directory with a hub and two clones that meet there."""
    base, env = tmp_path_factory.mktemp("landing"), sealed(tmp_path_factory.mktemp("home"))
    press(bare_mould, base, env)
    first = Repo(base / "repo", env)
    first.git("init", "-q", "--bare", "-b", "main", str(base / "hub.git"))
    first.git("remote", "add", "origin", str(base / "hub.git"))
    first.git("push", "-q", "-u", "origin", "main")
    first.git("clone", "-q", str(base / "hub.git"), str(base / "other"))
    for name in ("repo", "other"):
        clone = Repo(base / name, env)
        clone.git("config", "coord.fsync", "false")
        clone.here("init", "--hub", "origin", check=True)
    return base


@pytest.fixture
def ana(tmp_path: Path, env: dict[str, str], hub_mould: Path) -> Clone:
    """A clone of the hub."""
    press(hub_mould, tmp_path, env)
    return Clone(Repo(tmp_path / "repo", env), "ana")


@pytest.fixture
def ben(ana: Clone) -> Clone:
    """Another clone of the same hub."""
    return Clone(Repo(ana.hub.parent / "other", ana.repo.env), "ben")
