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


@pytest.fixture
def tree(repo: Repository, tmp_path: Path) -> Path:
    """A linked worktree whose own configuration leads to hooks of its own."""
    tree = tmp_path / "tree"
    repo.git("worktree", "add", "-q", str(tree))
    repo.git("config", "extensions.worktreeConfig", "true")
    repo.git("config", "--worktree", "core.hooksPath", "elsewhere", cwd=tree)
    repo.hook("pre-commit", recorder("pre-commit"), tree / "elsewhere")
    repo.hook("commit-msg", recorder("commit-msg"), tree / "elsewhere")
    return tree


def _worktree_value(repo: Repository, tree: Path) -> str:
    return repo.git("config", "--worktree", "core.hooksPath", cwd=tree).strip()


def test_worktree_with_hooks_of_its_own(repo: Repository, tree: Path) -> None:
    """Where a worktree's own configuration names hooks, `init` lets it run ours and then those; `uninit` undoes it."""
    before = repo.snapshot()
    (said,) = [text for text in repo.install().done if "elsewhere" in text]
    assert said.startswith(f"core.hooksPath of {tree} leads to ")
    assert [repo.install().done, repo.intact()] == [[], ""]
    repo.commit(cwd=tree)
    repo.commit()
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"] * 2
    assert own(repo)[0] == "pre-commit"
    assert own(repo)[1].startswith("commit-msg ")
    assert own(repo)[2:] == [], "the main worktree has no such hooks"
    assert {each.reached for each in repo.prove().values()} == {True}
    assert "took core.hooksPath in worktrees/tree/config.worktree back" in repo.uninstall().done
    assert (_worktree_value(repo, tree), repo.snapshot()) == ("elsewhere", before)
    assert not (repo.coord / "worktree-hooks").exists()


def test_worktree_with_hooks_of_its_own_displaces_ours_later(repo: Repository, tree: Path) -> None:
    """Set after `init`, it is noticed there, cheaply and by the proof from anywhere, and `init` mends it."""
    repo.install()
    repo.git("config", "--worktree", "core.hooksPath", "other", cwd=tree)
    repo.hook("commit-msg", recorder("other"), tree / "other")
    found = repo.prove()
    assert found["pre-commit"].reached
    assert (found[f"worktree {tree}"].reason, found[f"worktree {tree}"].mend) == (
        "its own core.hooksPath leads to other", "git coord init",
    )  # fmt: skip
    first, repo.top = repo.top, tree
    assert (
        repo.intact()
        == f"core.hooksPath of this worktree leads to {tree}/other, past our hooks: git coord init mends it"
    )
    repo.top = first
    repo.install()
    repo.top = tree
    assert (repo.intact(), {each.reached for each in repo.prove().values()}) == ("", {True})
    repo.commit()
    assert own(repo)[0].startswith("other ")
    repo.top = first
    repo.uninstall()
    assert _worktree_value(repo, tree) == "other"


def test_worktree_that_took_over_the_configuration_of_another(repo: Repository, tree: Path, tmp_path: Path) -> None:
    """`git worktree add` copies a worktree's configuration: both run the same hooks, also once the first is gone."""
    repo.install()
    copied = tmp_path / "copied"
    repo.git("worktree", "add", "-q", str(copied), cwd=tree)
    repo.git("config", "--worktree", "core.hooksPath", _worktree_value(repo, tree), cwd=copied)
    repo.install()
    repo.git("worktree", "remove", "--force", str(tree))
    repo.install()
    repo.commit(cwd=copied)
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]
    repo.uninstall()
    assert _worktree_value(repo, copied) == "elsewhere"


@pytest.mark.parametrize("how", ["none", "uninit"])
def test_worktree_added_since_gets_back_what_it_copied(repo: Repository, tree: Path, tmp_path: Path, how: str) -> None:
    """Where our hooks go, each worktree has its own value again: that on record, and that of a copy which is not."""
    repo.install()
    copied = tmp_path / "copied"
    repo.git("worktree", "add", "-q", str(copied), cwd=tree)
    repo.git("config", "--worktree", "core.hooksPath", _worktree_value(repo, tree), cwd=copied)
    if how == "uninit":
        repo.uninstall()
    else:
        repo.install(how)
    assert [_worktree_value(repo, top) for top in (tree, copied)] == ["elsewhere", "elsewhere"]


def test_worktree_that_leads_to_nothing_known(repo: Repository, tree: Path) -> None:
    """A worktree's value that leads to a directory of ours which is not on record is taken out, like the record's."""
    repo.install()
    (repo.coord / "installed.json").unlink()
    repo.install()
    assert repo.run("config", "--worktree", "core.hooksPath", cwd=tree).returncode == 1
    repo.commit(cwd=tree)
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]


def test_worktree_that_names_our_own_directory(repo: Repository, tree: Path) -> None:
    """A worktree may name the directory where our hooks stand anyway: it is left as it is."""
    repo.git("config", "--worktree", "core.hooksPath", str(repo.hooks), cwd=tree)
    repo.install()
    assert repo.install().done == []
    assert _worktree_value(repo, tree) == str(repo.hooks)
    repo.top = tree
    assert (repo.intact(), {each.reached for each in repo.prove().values()}) == ("", {True})


@pytest.mark.parametrize("husky_first", [False, True], ids=["alone", "over husky"])
def test_included(repo: Repository, tmp_path: Path, husky_first: bool) -> None:
    """A value of a file that the repository's configuration includes: ours stands behind it, and hands on to it."""
    repo.hook("commit-msg", recorder("commit-msg"), tmp_path / "team")
    if husky_first:
        husky(repo)
        repo.install()
    included = tmp_path / "included"
    repo.git("config", "--file", str(included), "core.hooksPath", str(tmp_path / "team"))
    repo.git("config", "include.path", str(included))
    before = repo.snapshot()
    assert any(str(tmp_path / "team") in text for text in repo.install().done)
    assert [repo.install().done, repo.intact()] == [[], ""]
    repo.commit()
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]
    assert own(repo) == ["commit-msg .git/COMMIT_EDITMSG"]
    repo.uninstall()
    if husky_first:
        assert repo.git("config", "--file", str(repo.common / "config"), "core.hooksPath") == ".husky/_\n"
    else:
        assert repo.snapshot() == before


def test_included_by_a_worktree(repo: Repository, tree: Path, tmp_path: Path) -> None:
    """The same where the configuration of a worktree includes the file."""
    repo.git("config", "--file", str(tmp_path / "included"), "core.hooksPath", "elsewhere")
    repo.git("config", "--worktree", "--unset", "core.hooksPath", cwd=tree)
    repo.git("config", "--worktree", "include.path", str(tmp_path / "included"), cwd=tree)
    config = repo.common / "worktrees" / "tree" / "config.worktree"
    before = config.read_bytes()
    repo.install()
    assert repo.install().done == []
    repo.commit(cwd=tree)
    assert (repo.package.names, own(repo)[0]) == (["pre-commit", "prepare-commit-msg"], "pre-commit")
    repo.uninstall()
    assert config.read_bytes() == before


def test_environment(repo: Repository) -> None:
    """What the environment says no file can mend: `init`, the cheap check and the proof say so and where it stands."""
    repo.install()
    repo.env |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": "/elsewhere"}
    said = (
        "core.hooksPath leads to /elsewhere, past our hooks, as the environment says (GIT_CONFIG_...): unset it there"
    )
    assert said in repo.install().hints
    assert (repo.intact(), repo.prove()["pre-commit"].reason) == (said, said)


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
