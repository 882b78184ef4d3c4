"""Where we are is what git says, or a refusal with git's own reason."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import NoRepository
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from conftest import Repo

    Env = dict[str, str]


def git(cwd: Path, env: Env, *args: str) -> str:
    """Run git, which must succeed."""
    return subprocess.run(["git", *args], cwd=cwd, env=env, capture_output=True, text=True, check=True).stdout.strip()


def test_top_and_store_from_below(bare_repo: Repo) -> None:
    """From a directory below the top everything is absolute, and the store is the repository itself."""
    below = bare_repo.top / "src"
    place = discover(str(below), bare_repo.env)
    dot_git = str(bare_repo.top / ".git")
    assert (place.cwd, place.top, place.object_format) == (str(below), str(bare_repo.top), "sha1")
    assert (place.git_dir, place.common_dir, place.store_dir) == (dot_git, dot_git, dot_git)
    assert place.coord_dir == Path(dot_git, "coord")


def test_worktree_shares_the_common_directory(bare_repo: Repo) -> None:
    """A linked worktree has a git directory of its own, and the store and coord directory of all."""
    other = bare_repo.worktree("other")
    place = discover(str(other.top), other.env)
    dot_git = bare_repo.top / ".git"
    assert place.top == str(other.top)
    assert place.git_dir == str(dot_git / "worktrees" / "other")
    assert place.store_dir == place.common_dir == str(dot_git)
    assert place.coord_dir == discover(str(bare_repo.top), bare_repo.env).coord_dir


def test_bare_repository_has_no_top(tmp_path: Path, bare_repo: Repo) -> None:
    """In a bare repository there is no work tree; git stands in the repository."""
    bare = tmp_path / "bare.git"
    bare_repo.git("clone", "-q", "--bare", ".", str(bare))
    place = discover(str(bare), bare_repo.env)
    assert (place.top, place.git_dir, place.store_dir) == ("", str(bare), str(bare))
    assert place.git.text("rev-parse", "--is-bare-repository") == "true"


def test_worktrees_of_a_bare_repository(tmp_path: Path, bare_repo: Repo) -> None:
    """Worktrees of a bare repository have tops of their own and the bare repository as their store."""
    bare = tmp_path / "bare.git"
    bare_repo.git("clone", "-q", "--bare", ".", str(bare))
    for name in ("one", "two"):
        git(bare, bare_repo.env, "worktree", "add", "-q", "-b", name, str(tmp_path / name))
        place = discover(str(tmp_path / name), bare_repo.env)
        assert (place.top, place.common_dir, place.store_dir) == (str(tmp_path / name), str(bare), str(bare))
        assert place.git_dir == str(bare / "worktrees" / name)


def test_inside_the_git_directory_there_is_no_top(bare_repo: Repo) -> None:
    """Who stands in `.git` is in the repository, but in no work tree."""
    place = discover(str(bare_repo.top / ".git"), bare_repo.env)
    assert (place.top, place.common_dir) == ("", str(bare_repo.top / ".git"))


def test_submodule_is_a_repository_of_its_own(tmp_path: Path, bare_repo: Repo) -> None:
    """In a submodule the place is the submodule: its store is below the superproject's modules."""
    bare_repo.git("clone", "-q", ".", str(tmp_path / "lib"))
    bare_repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "lib"), "lib")
    place = discover(str(bare_repo.top / "lib"), bare_repo.env)
    assert place.top == str(bare_repo.top / "lib")
    assert place.git_dir == place.store_dir == str(bare_repo.top / ".git" / "modules" / "lib")


def test_what_a_hook_was_told_is_where_we_are(tmp_path: Path, bare_repo: Repo) -> None:
    """GIT_DIR decides over the directory we stand in, also when it is relative; the store's git needs neither."""
    env = bare_repo.env | {"GIT_DIR": str(bare_repo.top / ".git"), "GIT_INDEX_FILE": "elsewhere"}
    place = discover(str(tmp_path), env)
    assert (place.git_dir, place.top) == (str(bare_repo.top / ".git"), str(tmp_path))
    assert place.store_git.text("rev-parse", "main") == bare_repo.git("rev-parse", "main")
    assert "GIT_INDEX_FILE" not in place.store_git.env
    relative = discover(str(bare_repo.top), bare_repo.env | {"GIT_DIR": ".git"})
    assert relative.git_dir == str(bare_repo.top / ".git")


def test_git_directory_apart_from_its_work_tree(tmp_path: Path, env: Env) -> None:
    """With GIT_DIR and GIT_WORK_TREE apart (dotfiles in a home directory) git runs on that repository."""
    home, dots = tmp_path / "home", tmp_path / "dots.git"
    git(tmp_path, env, "init", "-q", "--bare", str(dots))
    place = discover(str(home), env | {"GIT_DIR": str(dots), "GIT_WORK_TREE": str(home)})
    assert (place.top, place.git_dir) == (str(home), str(dots))
    assert place.git.text("rev-parse", "--absolute-git-dir") == str(dots)


# --- refusals


def test_outside_of_any_repository(tmp_path: Path, env: Env) -> None:
    """Where there is no repository the refusal says where that is and how to start one."""
    with pytest.raises(NoRepository) as refused:
        discover(str(tmp_path), env)
    assert str(tmp_path) in refused.value.message
    assert "not inside a git repository" in refused.value.message
    assert "git init" in refused.value.hint


@pytest.mark.parametrize("owner", ["top", "below"])
def test_repository_of_another_user(tmp_path: Path, bare_repo: Repo, owner: str) -> None:
    """A repository that git refuses for its owner is refused with that reason; once trusted it is found."""
    cwd = bare_repo.top if owner == "top" else bare_repo.top / "src"
    foreign = bare_repo.env | {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    with pytest.raises(NoRepository, match="belongs to another user") as refused:
        discover(str(cwd), foreign)
    assert "safe.directory" in refused.value.hint
    trusting = tmp_path / "gitconfig"
    trusting.write_text(f"[safe]\n\tdirectory = {bare_repo.top}\n")
    assert discover(str(cwd), foreign | {"GIT_CONFIG_GLOBAL": str(trusting)}).top == str(bare_repo.top)


def test_the_hint_for_a_foreign_repository_helps(tmp_path: Path, bare_repo: Repo) -> None:
    """Who does what the hint says in a directory below the top is let in."""
    cwd = bare_repo.top / "src"
    foreign = bare_repo.env | {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig")}
    with pytest.raises(NoRepository) as refused:
        discover(str(cwd), foreign)
    _, _, command = refused.value.hint.partition(": ")
    git(tmp_path, foreign, *shlex.split(command)[1:])
    assert discover(str(cwd), foreign).top == str(bare_repo.top)


def test_other_troubles_bear_gits_reason(tmp_path: Path, bare_repo: Repo) -> None:
    """A damaged configuration and a directory that is not there are refused in git's own words."""
    with pytest.raises(NoRepository, match="No such file or directory"):
        discover(str(tmp_path / "nowhere"), bare_repo.env)
    (bare_repo.top / ".git" / "config").write_text("[core\n")
    with pytest.raises(NoRepository, match="bad config line 1"):
        discover(str(bare_repo.top), bare_repo.env)


def test_line_end_in_a_path(tmp_path: Path, env: Env) -> None:
    """A repository whose path holds a line end is refused or found, never taken for another place."""
    odd = tmp_path / "a\nb"
    git(tmp_path, env, "init", "-q", str(odd))
    try:
        place = discover(str(odd), env)
    except NoRepository:
        return
    assert place.git_dir == str(odd / ".git")


# --- configuration


@pytest.mark.parametrize(
    ("value", "store"),
    [
        ("repo", "."),
        ("", "."),
        ("separate", "coord/store.git"),
        ("kept/here.git", "kept/here.git"),
        ("../beside.git", "../beside.git"),
        ("/tmp/x/store.git", "/tmp/x/store.git"),
    ],
)
def test_store_that_is_configured(bare_repo: Repo, value: str, store: str) -> None:
    """`coord.store` is the repository, its separate store, or a path; a relative one counts from the common directory.

    It is the same store from every worktree.
    """
    bare_repo.git("config", "coord.store", value)
    other = bare_repo.worktree("other")
    wanted = Path(bare_repo.top, ".git", store)
    for top in (bare_repo.top, bare_repo.top / "src", other.top):
        place = discover(str(top), bare_repo.env)
        assert Path(place.store_dir) == wanted
        assert place.common_dir == str(bare_repo.top / ".git")


def test_store_in_the_home_directory(bare_repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde in `coord.store` is the home directory."""
    monkeypatch.setenv("HOME", bare_repo.env["HOME"])
    bare_repo.git("config", "coord.store", "~/store.git")
    assert discover(str(bare_repo.top), bare_repo.env).store_dir == f"{bare_repo.env['HOME']}/store.git"


def test_last_setting_wins_and_all_are_kept(bare_repo: Repo) -> None:
    """A key that is set twice has its last value as its setting; keys that are not ours are not read."""
    bare_repo.git("config", "--add", "coord.x", "first")
    bare_repo.git("config", "--add", "coord.x", "two\nlines")
    place = discover(str(bare_repo.top), bare_repo.env)
    assert place.setting("coord.x") == "two\nlines"
    assert place.config["coord.x"] == ["first", "two\nlines"]
    assert place.setting("coord.y", "default") == "default"
    assert not [key for key in place.config if key.startswith("core.repo")]


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "YES",
        "on",
        "1",
        "false",
        "No",
        "off",
        "0",
        "",
        "2",
    ],
)
def test_flags_are_read_as_git_does(bare_repo: Repo, value: str) -> None:
    """A boolean setting means to us what it means to git."""
    bare_repo.git("config", "coord.fsync", value)
    place = discover(str(bare_repo.top), bare_repo.env)
    told = bare_repo.git("config", "--type=bool", "coord.fsync") == "true"
    assert place.flag("coord.fsync", not told) is told


def test_flag_without_a_value(bare_repo: Repo) -> None:
    """A key that stands alone is true; one that is not there is what the caller says."""
    with (bare_repo.top / ".git" / "config").open("a") as file:
        file.write("[coord]\n\tlonely\n")
    place = discover(str(bare_repo.top), bare_repo.env)
    assert place.flag("coord.lonely", False)
    assert (place.flag("coord.none", True), place.flag("coord.none", False)) == (True, False)
