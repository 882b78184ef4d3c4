"""`core.hooksPath` is set: husky, a directory of the team, a person's own for all repositories."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Repository

# What husky 9 writes: `.husky/_/h`, one stub for each hook that sources it, and `.husky/NAME` by the user.
HUSKY_H = r"""#!/usr/bin/env sh
[ "$HUSKY" = "2" ] && set -x
n=$(basename "$0")
s=$(dirname "$(dirname "$0")")/$n

[ ! -f "$s" ] && exit 0

if [ -f "$HOME/.huskyrc" ]; then
	echo "husky - '~/.huskyrc' is DEPRECATED, please move your code to ~/.config/husky/init.sh"
fi
i="${XDG_CONFIG_HOME:-$HOME/.config}/husky/init.sh"
[ -f "$i" ] && . "$i"

[ "${HUSKY-}" = "0" ] && exit 0

export PATH="node_modules/.bin:$PATH"
sh -e "$s" "$@"
c=$?

[ $c != 0 ] && echo "husky - $n script failed (code $c)"
[ $c = 127 ] && echo "husky - command not found in PATH=$PATH"
exit $c
"""
HUSKY_NAMES = (
    "pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "post-commit", "applypatch-msg",
    "pre-applypatch", "post-applypatch", "pre-rebase", "post-rewrite", "post-checkout", "post-merge", "pre-push",
    "pre-auto-gc",
)  # fmt: skip


def husky(repo: Repository) -> None:
    """What `husky` does in a repository, at `npm install`."""
    below = repo.top / ".husky" / "_"
    below.mkdir(parents=True, exist_ok=True)
    (below / "h").write_text(HUSKY_H)
    for name in HUSKY_NAMES:
        (below / name).write_text('#!/usr/bin/env sh\n. "$(dirname "$0")/h"')
        (below / name).chmod(0o755)
    repo.git("config", "core.hooksPath", ".husky/_")


def recorder(name: str) -> str:
    """A hook of the user's that says that it ran."""
    return f'echo {name} "$@" >>"$(git rev-parse --git-common-dir)/own"'


def own(repo: Repository) -> list[str]:
    """What the user's own hooks said."""
    path = repo.common / "own"
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def behind(repo: Repository) -> Repository:
    """A repository with husky and two hooks, one of a kind that we have none for, and ours."""
    husky(repo)
    (repo.top / ".husky" / "pre-commit").write_text(recorder("pre-commit"))
    (repo.top / ".husky" / "commit-msg").write_text(recorder("commit-msg"))
    repo.install()
    return repo


def test_husky(behind: Repository) -> None:
    """husky's hooks run after ours, those that we have none for too, and its directory is not touched."""
    repo = behind
    repo.commit()
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]
    assert own(repo) == ["pre-commit", "commit-msg .git/COMMIT_EDITMSG"]
    assert (repo.top / ".husky" / "_" / "h").read_text() == HUSKY_H
    assert "coord" not in "".join(path.read_text() for path in (repo.top / ".husky" / "_").iterdir())
    assert {each.reached for each in repo.prove().values()} == {True}
    assert (repo.intact(), own(repo)[2:]) == ("", [])


def test_husky_hook_added_later(behind: Repository) -> None:
    """A hook that is added to the other directory afterwards runs."""
    (behind.top / ".husky" / "post-checkout").write_text(recorder("post-checkout"))
    behind.git("switch", "-q", "-c", "topic")
    assert own(behind)[0].startswith("post-checkout")


def test_husky_refuses(behind: Repository) -> None:
    """husky's refusal is obeyed."""
    (behind.top / ".husky" / "commit-msg").write_text("exit 1")
    assert behind.run("commit", "--allow-empty", "-m", "x").returncode == 1


def test_husky_in_a_linked_worktree(behind: Repository, tmp_path: Path) -> None:
    """A relative core.hooksPath means the worktree's own directory, as it did before us."""
    behind.git("add", ".husky/pre-commit")
    behind.git("commit", "-q", "-m", "husky")
    tree, ran = tmp_path / "tree", len(own(behind))
    behind.git("worktree", "add", "-q", str(tree))
    shutil.copytree(behind.top / ".husky" / "_", tree / ".husky" / "_")
    behind.commit("x", cwd=tree)
    assert own(behind)[ran:] == ["pre-commit"]
    assert behind.package.calls[-1]["common"] == str(behind.common)


def test_husky_again(behind: Repository) -> None:
    """`npm install` sets core.hooksPath anew: found without running husky's hooks, and mended by init."""
    before = (behind.common / "config").read_bytes()
    husky(behind)
    assert "core.hooksPath leads to" in behind.intact()
    finding = behind.prove()["pre-commit"]
    assert (finding.reached, finding.reason) == (False, "core.hooksPath (local) leads to .husky/_")
    assert own(behind) == []
    behind.install()
    assert behind.intact() == ""
    assert (behind.common / "config").read_bytes() == before


def test_husky_uninstall(repo: Repository) -> None:
    """uninit restores core.hooksPath, byte for byte; where husky set it anew meanwhile it stays."""
    husky(repo)
    before = repo.snapshot()
    repo.install()
    repo.install()
    repo.uninstall()
    assert repo.snapshot() == before
    assert not (repo.coord / "hooks-path").exists()
    repo.install()
    husky(repo)
    report = repo.uninstall()
    assert repo.snapshot() == before
    assert report.kept == []
    repo.install()
    repo.git("config", "core.hooksPath", "elsewhere")
    assert repo.uninstall().kept == ["core.hooksPath was changed to elsewhere since: left as it is"]


@pytest.mark.parametrize("value", ["~/own hooks", "absolute"])
def test_global(repo: Repository, tmp_path: Path, value: str) -> None:
    """A directory for all repositories is followed, set over here only, and let through again by uninit."""
    directory = tmp_path / "own hooks"
    repo.git("config", "--global", "core.hooksPath", str(directory) if value == "absolute" else value)
    repo.hook("commit-msg", recorder("commit-msg"), directory)
    repo.hook("pre-commit", recorder("pre-commit"), directory)
    before = repo.snapshot()
    repo.install()
    repo.commit()
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]
    assert own(repo) == ["pre-commit", "commit-msg .git/COMMIT_EDITMSG"]
    repo.install()
    repo.uninstall()
    assert repo.snapshot() == before
    assert repo.git("config", "--get", "core.hooksPath").strip() in (value, str(directory))


def test_global_taken_away(repo: Repository, tmp_path: Path) -> None:
    """When the person's directory is unset again, init goes back to entries in the hooks directory."""
    repo.git("config", "--global", "core.hooksPath", str(tmp_path / "own"))
    repo.install()
    repo.git("config", "--global", "--unset", "core.hooksPath")
    repo.install()
    assert repo.run("config", "core.hooksPath").returncode == 1
    assert (repo.hooks / "pre-commit").exists()
    assert {each.reached for each in repo.prove().values()} == {True}


def test_hooks_directory_is_a_link(repo: Repository) -> None:
    """A hooks directory that is a link to a tracked one is not written into."""
    shutil.rmtree(repo.hooks, ignore_errors=True)
    repo.hook("commit-msg", recorder("commit-msg"), repo.top / "githooks")
    repo.hooks.symlink_to("../githooks")
    before = repo.snapshot()
    repo.install()
    repo.commit()
    assert [path.name for path in (repo.top / "githooks").iterdir()] == ["commit-msg"]
    assert (repo.package.names[0], own(repo)) == ("pre-commit", ["commit-msg .git/COMMIT_EDITMSG"])
    repo.uninstall()
    assert repo.snapshot() == before


def test_push_to_checkout(repo: Repository, tmp_path: Path) -> None:
    """No hook that changes what git does by being there appears: pushing into this repository still updates it."""
    husky(repo)
    repo.install()
    repo.git("config", "receive.denyCurrentBranch", "updateInstead")
    repo.git("add", ".husky")
    repo.git("commit", "-q", "-m", "husky")
    repo.git("clone", "-q", str(repo.top), str(tmp_path / "clone"))
    (tmp_path / "clone" / "new").touch()
    for args in (["add", "new"], ["commit", "-q", "-m", "new"], ["push", "-q"]):
        repo.git(*args, cwd=tmp_path / "clone")
    assert (repo.top / "new").exists()


def test_copied(behind: Repository, tmp_path: Path) -> None:
    """In a copy core.hooksPath leads to the first repository's directory, but the hooks work on the copy."""
    copy = tmp_path / "copy"
    shutil.copytree(behind.top, copy, symlinks=True)
    first = behind.intact()
    behind.top, behind.common = copy, copy / ".git"
    behind.commit()
    assert {call["common"] for call in behind.package.calls} == {str(copy / ".git")}
    assert (first, "past our hooks: git coord init" in behind.intact()) == ("", True)


def test_moved(behind: Repository, tmp_path: Path) -> None:
    """After a move nothing runs any more: said by the cheap check and the proof, mended by init, husky kept."""
    behind.top.rename(tmp_path / "moved")
    behind.top, behind.common = tmp_path / "moved", tmp_path / "moved" / ".git"
    assert "past our hooks: git coord init mends it" in behind.intact()
    assert not behind.prove()["pre-commit"].reached
    behind.install()
    behind.commit()
    assert behind.package.names == ["pre-commit", "prepare-commit-msg"]
    assert own(behind) == ["pre-commit", "commit-msg .git/COMMIT_EDITMSG"]
    behind.uninstall()
    assert behind.git("config", "core.hooksPath") == ".husky/_\n"


def test_worktree_configuration(repo: Repository, tmp_path: Path) -> None:
    """A worktree whose own configuration leads elsewhere is named by init and by the proof, with what mends it."""
    tree = tmp_path / "tree"
    repo.git("worktree", "add", "-q", str(tree))
    repo.git("config", "extensions.worktreeConfig", "true")
    repo.git("config", "--worktree", "core.hooksPath", "elsewhere", cwd=tree)
    report = repo.install()
    assert any("config.worktree sets core.hooksPath = elsewhere" in hint for hint in report.hints)
    found = repo.prove()
    assert found["pre-commit"].reached
    assert any(hook.startswith("worktree ") and not each.reached for hook, each in found.items())
    repo.top = tree
    finding = repo.prove()["pre-commit"]
    assert finding.reason == "core.hooksPath of this worktree leads to elsewhere"
    repo.git(*finding.mend.split()[1:])
    assert {each.reached for each in repo.prove().values()} == {True}


def test_config_hooks_live_beside_it(repo255: Repository) -> None:
    """With Git's config hooks core.hooksPath stays as it is, and both run."""
    husky(repo255)
    (repo255.top / ".husky" / "pre-commit").write_text(recorder("pre-commit"))
    repo255.install("auto")
    assert repo255.git("config", "core.hooksPath") == ".husky/_\n"
    repo255.commit()
    assert (repo255.package.names, own(repo255)) == (["pre-commit", "prepare-commit-msg"], ["pre-commit"])
    assert {each.reached for each in repo255.prove().values()} == {True}
    assert own(repo255) == ["pre-commit"]
