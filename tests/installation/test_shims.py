"""What the six hooks do themselves, whichever way git comes to them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gitcoord
from gitcoord.setup.installation import shims

if TYPE_CHECKING:
    from .conftest import Repository

TEMPLATES = Path(gitcoord.__file__).parents[1] / "hooks"


@pytest.mark.parametrize("name", [*shims.NAMES, *shims.COMMON, "entry", "through"])
def test_is_posix_sh(name: str) -> None:
    """Every template is accepted by a shell that knows nothing but POSIX."""
    subprocess.run(["dash", "-n", str(TEMPLATES / name)], check=True)


def test_hands_over(installed: Repository) -> None:
    """A commit starts the program for both guards, with the common directory made absolute and git's arguments."""
    installed.commit()
    assert installed.package.names == ["pre-commit", "prepare-commit-msg"]
    message = installed.package.calls[1]
    assert message["common"] == str(installed.common)
    assert message["args"] == [".git/COMMIT_EDITMSG", "message"]
    assert message["cwd"] == str(installed.top)


@pytest.mark.parametrize("entry", ["claims", "halt.json", "rules.json"])
def test_starts_for_what_the_ledger_holds(installed: Repository, entry: str) -> None:
    """A claim, a halt and a rule each make the guards start."""
    installed.ledger(entry)
    installed.commit()
    assert installed.package.names == ["pre-commit", "prepare-commit-msg"]


def test_empty_ledger_never_starts_python(installed: Repository, tmp_path: Path) -> None:
    """With an empty ledger no interpreter is started by commit, amend, merge, rebase, cherry-pick or push."""
    repo = installed
    repo.ledger("tasks", "sessions", "claims.old")
    repo.git("init", "-q", "--bare", str(tmp_path / "hub"))
    repo.commit("a")
    repo.git("switch", "-q", "-c", "topic", "HEAD~1")
    repo.commit("b")
    repo.git("commit", "-q", "--amend", "-m", "again")
    repo.git("cherry-pick", "main")
    repo.git("switch", "-q", "main")
    repo.commit("c")
    repo.git("rebase", "-q", "main", "topic")
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    repo.git("push", "-q", str(tmp_path / "hub"), "main")
    assert repo.package.starts == 0
    repo.ledger("claims")
    repo.commit("d")
    assert repo.package.starts == 2


@pytest.mark.parametrize("lost", ["ref", "objects"])
def test_unreadable_ledger_starts_python(installed: Repository, lost: str) -> None:
    """A ledger that cannot be read is not taken for an empty one."""
    if lost == "ref":
        installed.git("update-ref", "-d", "refs/coord/ledger")
    else:
        installed.ledger()
        tree = installed.git("rev-parse", "refs/coord/ledger^{tree}").strip()
        (installed.common / "objects" / tree[:2] / tree[2:]).unlink()
    installed.commit()
    assert installed.package.names == ["pre-commit", "prepare-commit-msg"]


@pytest.mark.parametrize("where", ["heads", "tags"])
def test_branch_is_not_taken_for_the_ledger(installed: Repository, where: str) -> None:
    """A branch or tag called refs/coord/ledger is no ledger; the real one ends the hook in the shell, packed too."""
    installed.ledger()
    installed.git("update-ref", f"refs/{where}/refs/coord/ledger", "refs/coord/ledger")
    installed.commit("a")
    installed.git("pack-refs", "--all")
    installed.commit("b")
    assert installed.package.starts == 0
    installed.git("update-ref", "-d", "refs/coord/ledger")
    installed.commit("c")
    assert installed.package.names == ["pre-commit", "prepare-commit-msg"]


def test_separate_store(installed: Repository, tmp_path: Path) -> None:
    """With a store of its own the ledger there counts, wherever the repository is moved with it."""
    repo = installed
    store = repo.coord / "store.git"
    repo.git("init", "-q", "--bare", str(store))
    repo.ledger(git_dir=store)
    repo.install("files", store=str(store))
    moved = tmp_path / "elsewhere"
    repo.top.rename(moved)
    repo.top, repo.common = moved, moved / ".git"
    repo.commit()
    assert repo.package.starts == 0
    repo.ledger("claims", git_dir=moved / ".git" / "coord" / "store.git")
    repo.commit()
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]
    assert {call["store"] for call in repo.package.calls} == {"--store=coord/store.git"}


@pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg"])
def test_refusal_is_obeyed(installed: Repository, name: str) -> None:
    """What the program refuses is not committed; prepare-commit-msg refuses with --no-verify too."""
    before = installed.head()
    installed.package.refuse(name)
    option = ["--no-verify"] if name == "prepare-commit-msg" else []
    assert installed.run("commit", "-q", "--allow-empty", "-m", "x", *option).returncode == 1
    assert installed.head() == before


def test_push_is_told_what_is_pushed(installed: Repository, tmp_path: Path) -> None:
    """pre-push gets the remote as arguments and the refs on standard input, and can refuse."""
    installed.git("init", "-q", "--bare", str(tmp_path / "hub"))
    installed.git("push", "-q", str(tmp_path / "hub"), "main")
    (call,) = installed.package.calls
    assert call["args"] == [str(tmp_path / "hub")] * 2
    assert call["stdin"].startswith(f"refs/heads/main {installed.head()} refs/heads/main 0000")
    installed.package.refuse("pre-push")
    assert installed.run("push", str(tmp_path / "hub"), "main:other").returncode != 0


def test_push_asks_where_a_hub_is(installed: Repository, tmp_path: Path) -> None:
    """With a hub an empty ledger here does not end pre-push: what is claimed there may not have come here."""
    installed.ledger()
    installed.git("init", "-q", "--bare", str(tmp_path / "hub"))
    installed.git("config", "coord.hub", "origin")
    installed.git("push", "-q", str(tmp_path / "hub"), "main")
    assert installed.package.names == ["pre-push"]


def test_note_only_where_a_session_lives(installed: Repository) -> None:
    """post-commit and post-merge start only where a session lives in the clone or a guard was bypassed."""
    repo = installed
    repo.commit()
    assert "post-commit" not in repo.package.names
    (repo.coord / "pending-bypass").touch()
    repo.commit()
    assert repo.package.names.count("post-commit") == 1
    (repo.coord / "pending-bypass").unlink()
    repo.session()
    repo.commit()
    assert repo.package.names.count("post-commit") == 2
    repo.git("switch", "-q", "-c", "topic", "HEAD~1")
    repo.git("merge", "-q", "main")
    assert repo.package.names.count("post-merge") == 1


def test_rebase_starts_python_once(installed: Repository, tmp_path: Path) -> None:
    """A rebase starts no process of ours for a commit that it picks, and the program once at its end."""
    repo = installed
    repo.git("switch", "-q", "-c", "topic")
    for number in range(4):
        repo.commit(f"f{number}", "--no-verify")
    repo.git("switch", "-q", "main")
    repo.commit("other")
    repo.git("switch", "-q", "topic")
    repo.session()
    calls, trace = len(repo.package.calls), tmp_path / "trace"
    repo.git("rebase", "-q", "main", GIT_TRACE=str(trace))
    assert repo.package.names[calls:] == ["post-rewrite"]
    assert repo.package.calls[-1]["args"] == ["rebase"]
    assert len(repo.package.calls[-1]["stdin"].splitlines()) == 4
    assert trace.read_text().count("ls-tree") == 1


def test_rebase_in_a_worktree(installed: Repository, tmp_path: Path) -> None:
    """In a linked worktree a rebase is seen too."""
    repo, tree = installed, tmp_path / "tree"
    repo.git("worktree", "add", "-q", "-b", "topic", str(tree))
    repo.commit("t", cwd=tree)
    repo.commit("m")
    repo.session()
    calls = len(repo.package.calls)
    repo.git("rebase", "-q", "main", cwd=tree)
    assert repo.package.names[calls:] == ["post-rewrite"]


def test_amend_is_looked_at(installed: Repository) -> None:
    """post-rewrite starts the program for an amend."""
    installed.git("commit", "-q", "--amend", "-m", "again")
    assert installed.package.names[-1] == "post-rewrite"
    assert installed.package.calls[-1]["args"] == ["amend"]


@pytest.mark.parametrize("lost", ["python", "gitcoord"])
def test_lost_program_bricks_nothing(installed: Repository, lost: str) -> None:
    """Where interpreter or package were removed git goes on, and one line for each hook says how to remove it."""
    path = installed.package.root / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    only = [path for path in installed.env["PATH"].split(os.pathsep) if not Path(path, "git-coord").exists()]
    installed.env["PATH"] = os.pathsep.join(only)
    done = installed.run("commit", "-q", "--allow-empty", "-m", "x")
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    config_key = "git config --remove-section hook.coord-pre-commit"
    assert lines[0].endswith(("rm '.git/hooks/pre-commit'", config_key))
    for line in lines:
        command = line.split("To remove the hook: ")[1]
        subprocess.run(["sh", "-c", command], cwd=installed.top, env=installed.env, check=True)
    assert installed.run("commit", "-q", "--allow-empty", "-m", "x").stderr == ""


def test_lost_hooks_brick_nothing(installed: Repository) -> None:
    """Where the coord directory was deleted git goes on, and a line says how to mend it or to remove the hook."""
    shutil.rmtree(installed.coord)
    done = installed.run("commit", "-q", "--allow-empty", "-m", "x")
    assert done.returncode == 0
    assert "coord/hooks/pre-commit is gone. git coord init puts it back" in done.stderr


def test_awkward_names(installed: Repository, tmp_path: Path) -> None:
    """Spaces, quotes and dollars in the paths of repository, interpreter and package do no harm."""
    strange = tmp_path / 'it\'s $HOME; `a` "b"'
    strange.mkdir()
    package = installed.package
    package.root.rename(strange / "package")
    package.root, package.python = strange / "package", strange / "package" / "python"
    package.python.write_text('#!/bin/sh\nexec python3 "$@"\n')
    installed.top.rename(strange / "repo")
    installed.top, installed.common = strange / "repo", strange / "repo" / ".git"
    installed.install("files")
    installed.commit()
    assert package.names == ["pre-commit", "prepare-commit-msg"]
    assert package.calls[0]["common"] == str(installed.common)


def test_run_by_itself(installed: Repository) -> None:
    """An installed hook finds its repository from its own path when something else than git runs it."""
    hook = installed.coord / "hooks" / "pre-commit"
    subprocess.run([str(hook)], cwd=installed.top, env=installed.env, check=True)
    assert installed.package.calls[0]["common"] == str(installed.common)
