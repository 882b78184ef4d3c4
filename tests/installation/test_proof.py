"""doctor's proof that hooks are reached, and the cheap check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel.git import Git
from gitcoord.setup.installation import proof, shims

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Repository


def test_reached(installed: Repository, tmp_path: Path) -> None:
    """All six are reached, from a linked worktree too; no program is started and no state is changed for it."""
    installed.session()
    tree = tmp_path / "tree"
    installed.git("worktree", "add", "-q", str(tree))
    before = sorted(installed.coord.rglob("*"))
    for top in (installed.top, tree):
        installed.top = top
        found = installed.prove()
        assert list(found) == list(shims.NAMES)
        assert {each.reached for each in found.values()} == {True}, found
    assert installed.package.starts == 0
    assert sorted(installed.coord.rglob("*")) == before
    assert installed.intact() == ""


def test_runs_nothing_of_the_users(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The proof runs no hook of the user's: neither kept ones nor config hooks nor the hooks directory."""
    repo: Repository = request.getfixturevalue("repo255")
    touch = f"echo ran >>{tmp_path}/ran"
    for name in shims.NAMES:
        repo.hook(name, touch)
        repo.git("config", f"hook.mine-{name}.command", touch + " #")
        repo.git("config", f"hook.mine-{name}.event", name)
    for mode in ("files", "git-config"):
        repo.install(mode)
        assert {each.reached for each in repo.prove().values()} == {True}
    assert not (tmp_path / "ran").exists()
    repo.git("hook", "run", "post-merge", "--", "0")
    assert (tmp_path / "ran").read_text() == "ran\nran\n"


def test_not_executable(repo: Repository) -> None:
    """An entry that is not executable is not reached; init mends it."""
    repo.install()
    (repo.hooks / "pre-push").chmod(0o644)
    found = repo.prove()
    assert [name for name, each in found.items() if not each.reached] == ["pre-push"]
    assert "is not executable" in found["pre-push"].reason
    assert "is not executable" in repo.intact()
    repo.install()
    assert {each.reached for each in repo.prove().values()} == {True}


def test_deleted(repo: Repository) -> None:
    """A deleted entry is named."""
    repo.install()
    (repo.hooks / "post-commit").unlink()
    assert repo.prove()["post-commit"].reason == f"{repo.hooks}/post-commit is gone"
    assert f"{repo.hooks}/post-commit was replaced by another program" in repo.intact()


def test_global_hooks_path_set_later(repo: Repository, tmp_path: Path) -> None:
    """A core.hooksPath for all repositories that was set after init is found by the proof, and mended by init."""
    repo.install()
    repo.git("config", "--global", "core.hooksPath", str(tmp_path / "own"))
    assert repo.prove()["pre-commit"].reason == f"core.hooksPath (global) leads to {tmp_path}/own"
    repo.install()
    assert {each.reached for each in repo.prove().values()} == {True}
    assert not (repo.hooks / "pre-commit").exists()


def test_section_deleted(repo255: Repository) -> None:
    """A config hook that was deleted is not reached, and named by the cheap check."""
    repo255.install("git-config")
    repo255.git("config", "--remove-section", "hook.coord-pre-push")
    assert [name for name, each in repo255.prove().items() if not each.reached] == ["pre-push"]
    assert "hook.coord-pre-push is gone" in repo255.intact()


def test_switched_off(repo255: Repository) -> None:
    """A config hook that was switched off is not reached."""
    repo255.install("git-config")
    repo255.git("config", "hook.coord-pre-push.enabled", "false")
    assert [name for name, each in repo255.prove().items() if not each.reached] == ["pre-push"]


def test_older_git(repo255: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the eyes of a git that knows no config hooks none is reached; the finding says what mends it."""
    repo255.install("git-config")
    path = repo255.env["PATH"].split(":", 1)[1]
    monkeypatch.setenv("PATH", path)
    git = Git(repo255.env | {"PATH": path}, cwd=str(repo255.top))
    found = proof.prove(git, repo255.common, repo255.coord)
    assert {each.reached for each in found} == {False}
    assert found[0].reason.endswith("does not know config hooks")
    assert found[0].mend == "git coord init --hooks files"


@pytest.mark.parametrize("mode", ["", "none"])
def test_nothing_installed(repo: Repository, mode: str) -> None:
    """The proof says that there are no hooks; the cheap check is quiet only where none were wanted."""
    if mode:
        repo.install(mode)
    assert {each.reason for each in repo.prove().values()} == {"it was not installed"}
    assert repo.intact() == ("" if mode else "no hook of git-coord is installed: git coord init installs them")
