"""Nobody works unguarded unawares: where git would not run our hooks, every command that speaks says so."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Repo

WARNING = "warning: commits here are not guarded: "
NEW_GIT = Path(os.environ.get("GITCOORD_NEW_GIT", "/nowhere"), "bin")


def _husky(repo: Repo) -> None:
    """What husky's `prepare` does: another directory of hooks."""
    repo.write(".husky/_/pre-commit", "#!/bin/sh\n").chmod(0o755)
    repo.git("config", "core.hooksPath", ".husky/_")


def _everywhere(repo: Repo) -> None:
    """A directory of hooks for all repositories of the user, in a configuration of the test's own."""
    hooks = repo.write("../hooks/pre-commit", "#!/bin/sh\n").parent
    repo.env["GIT_CONFIG_GLOBAL"] = str(repo.write("../gitconfig", f"[core]\n\thooksPath = {hooks}\n"))


def _worktree(repo: Repo) -> None:
    """What an agent does for its worktree alone."""
    repo.git("config", "extensions.worktreeConfig", "true")
    repo.git("config", "--worktree", "core.hooksPath", "elsewhere")


def _included(repo: Repo) -> None:
    """A configuration that the repository's own includes: it stands behind whatever `init` writes."""
    repo.git("config", "include.path", str(repo.write("../team", "[core]\n\thooksPath = elsewhere\n")))


def _lefthook(repo: Repo) -> None:
    """What `lefthook install` does: ours moved aside, its own in the place."""
    hook = repo.top / ".git/hooks/pre-commit"
    hook.rename(hook.with_name("pre-commit.old"))
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o755)


def _chmod(repo: Repo) -> None:
    (repo.top / ".git/hooks/pre-commit").chmod(0o644)


def _deleted(repo: Repo) -> None:
    (repo.top / ".git/hooks/pre-push").unlink()


def _uninit(repo: Repo) -> None:
    repo.here("uninit", check=True)


DISPLACED: list[Callable[[Repo], None]] = [
    _husky, _everywhere, _worktree, _included, _lefthook, _chmod, _deleted, _uninit,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("displace", DISPLACED, ids=lambda displace: displace.__name__.strip("_"))
def test_who_works_unguarded_is_told_in_a_line(repo: Repo, displace: Callable[[Repo], None]) -> None:
    """`claim`, `status`, `claims`, `check` and `commit` warn, once each, and say what mends it; then `init` does."""
    repo.here("init", "--hooks", "files", check=True)  # a git with config hooks would take those
    me = repo.start("worker")
    repo.here("claim", "src/a.py", session=me, check=True)
    assert WARNING not in repo.here("status", session=me).err
    displace(repo)
    repo.write("src/a.py", "changed\n")
    repo.git("add", "src/a.py")
    for words in ("claim src/b.py", "status", "claims", "check src/a.py", "commit -m x"):
        err = repo.here(*words.split(), session=me).err
        assert err.count(WARNING) == 1, words
        assert "git coord init" in err, words
    said = repo.here("init", check=True).out
    assert "everything was set up already" not in said
    assert WARNING not in repo.here("status", session=me).err
    repo.here("claim", "docs", session=repo.start("other"), check=True)
    assert repo.commit("docs/guide.md", session=me).status == 1, "the guard is back"


def test_where_init_cannot_mend_it_what_does_is_said(repo: Repo) -> None:
    """A value of the environment wins over every file: `status` and `init` name it and promise nothing."""
    repo.here("init", "--hooks", "files", check=True)
    me = repo.start("worker")
    repo.env |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": "elsewhere"}
    said = repo.here("status", session=me).err
    assert said.count(WARNING) == 1
    assert "GIT_CONFIG_..." in said
    assert "git coord init" not in said
    assert "GIT_CONFIG_..." in repo.here("init", "--hooks", "files", check=True).out
    repo.env = {key: value for key, value in repo.env.items() if not key.startswith("GIT_CONFIG_")}
    assert WARNING not in repo.here("status", session=me).err


def test_hooks_that_a_manager_runs_are_not_missed(repo: Repo) -> None:
    """Whoever chose `--hooks none` calls `git coord hook NAME` from elsewhere: nothing is said."""
    me = repo.start("worker")
    repo.here("init", "--hooks", "none", check=True)
    assert WARNING not in repo.here("status", session=me).err


@pytest.mark.skipif(not NEW_GIT.is_dir(), reason="no git with config hooks: GITCOORD_NEW_GIT names its directory")
def test_an_older_git_passes_over_config_hooks(bare_repo: Repo, env: dict[str, str]) -> None:
    """An editor may bring an older git than the one that set the config hooks: there it is said."""
    old = shutil.which("git", path=env["PATH"])
    assert old is not None
    path = os.pathsep.join([str(NEW_GIT), env["PATH"]])
    bare_repo.run("git-coord", "init", "--hooks", "git-config", PATH=path)
    me = bare_repo.run("git-coord", "start", "worker", "-q", PATH=path).out.strip()
    assert WARNING not in bare_repo.run("git-coord", "status", "--session", me, PATH=path).err
    said = bare_repo.run("git-coord", "status", "--session", me).err
    if "2.5" not in bare_repo.git("version"):
        assert f"{WARNING}this git is older than 2.54 and passes over our hooks: git coord init --hooks files" in said


def test_an_older_kept_hook_that_is_the_same_is_not_kept_twice(bare_repo: Repo) -> None:
    """A manager that writes its hook again leaves nothing behind after `init` and `uninit`."""
    hook = bare_repo.top / ".git/hooks/pre-commit"
    theirs = "#!/bin/sh\nexit 0\n"
    hook.parent.mkdir(exist_ok=True)
    for _ in range(2):
        hook.unlink(missing_ok=True)
        hook.write_text(theirs)
        hook.chmod(0o755)
        bare_repo.here("init", check=True)
    bare_repo.here("uninit", check=True)
    assert hook.read_text() == theirs
    assert not [path.name for path in hook.parent.iterdir() if "coord" in path.name]


def test_a_hook_whose_program_is_gone_runs_another_one(repo: Repo) -> None:
    """Where the package was removed and another `git-coord` is on the PATH, the guard still refuses."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/a.py", session=alice, check=True)
    common = repo.top / ".git/coord/hooks/common.sh"
    lines = common.read_text().splitlines()
    gone = ["package=/nowhere" if line.startswith("package=") else line for line in lines]
    common.write_text("\n".join(gone) + "\n")
    refused = repo.commit("src/a.py", session=bob)
    assert (refused.status, "src/a.py is claimed by alice" in refused.err) == (1, True)
    git = shutil.which("git", path=repo.env["PATH"])
    assert git is not None
    only = repo.top.parent / "only-git"
    only.mkdir()
    for name in ("git", "sh", "rm", "cat"):
        found = shutil.which(name)
        assert found is not None
        (only / name).symlink_to(found)
    passed = repo.run("git", "commit", "-qm", "x", check=False, PATH=str(only), GIT_COORD_SESSION=bob)
    assert passed.status == 0
    assert "After installing it again: git coord init." in passed.err
