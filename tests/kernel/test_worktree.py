"""Typed paths become the paths that git has, or are refused with a way on."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import Usage
from gitcoord.kernel.worktree import locate

if TYPE_CHECKING:
    from pathlib import Path


def git(cwd: Path, *args: str) -> str:
    """Run the real git without anybody's configuration."""
    env = {
        "HOME": str(cwd),
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(["git", *args], cwd=cwd, env=env, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with some files, and things outside it."""
    repository = tmp_path / "repo"
    (repository / "src" / "deep").mkdir(parents=True)
    (repository / "src" / "a.py").touch()
    (tmp_path / "outside").mkdir()
    (tmp_path / "repo2").mkdir()
    git(repository, "init", "-q")
    return repository


def at(top: Path, text: str, cwd: str = "", *, ignore_case: bool = False) -> str:
    """`locate` for somebody who stands in `cwd` below the top."""
    return locate(str(top), str(top / cwd), text, ignore_case=ignore_case)


@pytest.mark.parametrize(
    ("cwd", "text", "path"),
    [
        ("", "src/a.py", "src/a.py"),
        ("", "src/", "src"),
        ("", ".", "."),
        ("src", ".", "src"),
        ("src", "..", "."),
        ("src", "a.py", "src/a.py"),
        ("src/deep", "../a.py", "src/a.py"),
        ("src", "../new/dir/x", "new/dir/x"),
        ("", "not/there/yet", "not/there/yet"),
        ("", "./src//deep/./x", "src/deep/x"),
        ("", "not/there/../x", "not/x"),
        ("", "src/deep/..", "src"),
        ("", "a*b", "a*b"),
        ("", ".github/x", ".github/x"),
        ("", ".gitignore", ".gitignore"),
    ],
)
def test_a_typed_path(top: Path, cwd: str, text: str, path: str) -> None:
    """A path counts from where one stands, may climb, and need not exist."""
    assert at(top, text, cwd) == path


def test_an_absolute_path(top: Path) -> None:
    """An absolute path below the top is taken, also when it goes through a link to the repository."""
    assert at(top, str(top / "src" / "a.py")) == "src/a.py"
    assert at(top, str(top)) == "."
    link = top.parent / "link"
    link.symlink_to(top)
    assert at(top, str(link / "src" / "new")) == "src/new"
    assert locate(str(link), str(link / "src"), "a.py", ignore_case=False) == "src/a.py"


@pytest.mark.parametrize("text", ["..", "../x", "../repo2/x", "src/../../x", "/", "/etc/passwd", "../repo2"])
def test_outside_is_refused(top: Path, text: str) -> None:
    """A path outside is refused, a sibling with the same beginning too; the hint names the top."""
    with pytest.raises(Usage) as caught:
        at(top, text)
    assert "outside the repository" in caught.value.message
    assert str(top) in caught.value.hint


def test_linked_parents_are_followed(top: Path) -> None:
    """What is reached through a linked directory has its real path; the link itself is a link."""
    (top / "alias").symlink_to("src")
    (top / "src" / "file-link").symlink_to("a.py")
    assert at(top, "alias/a.py") == "src/a.py"
    assert at(top, "alias/new/x") == "src/new/x"
    assert at(top, "alias") == "alias"
    assert at(top, "alias/") == "src"
    assert at(top, "alias/.") == "src"
    assert at(top, "alias/..") == "."
    assert at(top, "alias/../x") == "x"
    assert at(top, "src/file-link") == "src/file-link"
    assert at(top, "a.py", "alias") == "src/a.py"


def test_a_link_that_leads_out_is_refused(top: Path) -> None:
    """Through a link one does not leave the repository; the link itself can be claimed."""
    (top / "out").symlink_to(top.parent / "outside")
    with pytest.raises(Usage) as caught:
        at(top, "out/x")
    assert "outside the repository" in caught.value.message
    assert "claim the link itself" in caught.value.hint
    assert at(top, "out") == "out"


def test_a_circle_of_links_is_refused(top: Path) -> None:
    """Links that lead to each other end in a usage error."""
    (top / "x").symlink_to("y")
    (top / "y").symlink_to("x")
    with pytest.raises(Usage):
        at(top, "x/z")
    assert at(top, "x") == "x"


@pytest.mark.parametrize("text", [".git", ".git/config", ".GIT/x", "src/../.git/hooks", "new/.git/x"])
def test_the_git_directory_is_refused(top: Path, text: str) -> None:
    """What git cannot track cannot be claimed; a name is offered instead."""
    with pytest.raises(Usage) as caught:
        at(top, text)
    assert "inside .git" in caught.value.message
    assert "slot:" in caught.value.hint


@pytest.mark.parametrize("text", ["", "a\0b"])
def test_what_is_not_a_path_is_refused(top: Path, text: str) -> None:
    """Nothing, and a NUL byte, are usage errors and not the system's."""
    with pytest.raises(Usage):
        at(top, text)


def test_a_nested_repository_is_refused(top: Path) -> None:
    """Inside another repository nothing is claimed from here; its directory itself can be."""
    (top / "vendor" / "lib").mkdir(parents=True)
    git(top / "vendor" / "lib", "init", "-q")
    for text in ("vendor/lib/a.c", "vendor/lib/new/dir/a.c", "vendor/lib/.git/config"):
        with pytest.raises(Usage) as caught:
            at(top, text)
    with pytest.raises(Usage) as caught:
        at(top, "vendor/lib/a.c")
    assert "inside vendor/lib, a repository of its own" in caught.value.message
    assert "claim the submodule `vendor/lib` itself, or run the command inside it" in caught.value.hint
    assert at(top, "vendor/lib") == "vendor/lib"
    assert at(top, "vendor/lib/") == "vendor/lib"
    assert at(top, "vendor/x") == "vendor/x"


def test_a_submodule_is_refused_initialised_or_not(top: Path) -> None:
    """A submodule is a repository of its own, also in a clone that never fetched it."""
    other = top.parent / "outside"
    git(other, "init", "-q")
    git(other, "commit", "-q", "--allow-empty", "-m", "x")
    git(top, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "mods/größe lib")
    git(top, "commit", "-q", "-m", "submodule")
    clone = top.parent / "clone"
    git(top.parent, "clone", "-q", str(top), str(clone))
    for place in (top, clone):
        assert (place / "mods/größe lib" / ".git").exists() == (place == top)
        with pytest.raises(Usage) as caught:
            at(place, "mods/größe lib/a.c")
        assert "`mods/größe lib`" in caught.value.hint
        assert at(place, "mods/größe lib") == "mods/größe lib"
        assert at(place, "mods/größe") == "mods/größe"


def test_a_broken_gitmodules_stops_nobody(top: Path) -> None:
    """A `.gitmodules` with conflict markers in it does not keep paths from being claimed."""
    (top / ".gitmodules").write_text("<<<<<<< ours\n[submodule\n")
    assert at(top, "src/a.py") == "src/a.py"


def test_a_worktree_is_a_top_of_its_own(top: Path) -> None:
    """In a linked worktree, whose `.git` is a file, paths count from the worktree's own top."""
    git(top, "commit", "-q", "--allow-empty", "-m", "x")
    git(top, "worktree", "add", "-q", str(top / "wt"))
    assert at(top / "wt", "src/a.py") == "src/a.py"
    with pytest.raises(Usage):
        at(top, "wt/src/a.py")


def test_the_spelling_of_the_directory_counts_where_case_does_not(top: Path) -> None:
    """With `ignore_case` a path takes the spelling that is there, or its own where that is uncertain."""
    (top / "Src2" / "Größe").mkdir(parents=True)
    (top / "Src2" / "two").touch()
    (top / "Src2" / "TWO").touch()
    assert at(top, "src2/GRÖSSE/New.py", ignore_case=True) == "Src2/Größe/New.py"
    assert at(top, "SRC/A.PY", ignore_case=True) == "src/a.py"
    assert at(top, "src2/two", ignore_case=True) == "Src2/two"
    assert at(top, "src2/Two", ignore_case=True) == "Src2/Two"
    assert at(top, "SRC/A.PY") == "SRC/A.PY"


def test_names_are_composed_and_bytes_kept(top: Path) -> None:
    """A decomposed name comes back composed; bytes that are not UTF-8 come back as they are."""
    assert at(top, "gro\u0308ße/x") == "größe/x"
    name = os.fsdecode(b"caf\xe9")
    (top / name).touch()
    assert at(top, name) == name
    assert os.fsencode(at(top, name, ignore_case=True)) == b"caf\xe9"
