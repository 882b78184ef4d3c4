"""The files that an agent names, as paths of the repository that it works in."""

# ruff: noqa: PTH110, PTH111, PTH112, PTH118, PTH120, PTH208 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.guard.changes import normal
from gitcoord.kernel import file


class File:
    """A file in a worktree of the repository: `path` as claims have it, `real` absolute, `top` that worktree."""

    __slots__ = ("path", "real", "top")

    def __init__(self, path: str, real: str, top: str) -> None:
        self.path = path
        self.real = real
        self.top = top


def find(name: str, cwd: str, common_dir: str) -> File | None:
    """Return the file that is written `name` in the directory `cwd`.

    None where it is in no worktree of the repository with this common git directory: outside, in another repository, a
    submodule's, or git's own. Links are followed, as whoever writes to it follows them.
    """
    try:
        real = os.path.realpath(os.path.join(cwd, os.path.expanduser(name)))
        top, git_dir = around(os.path.dirname(real))
    except (OSError, ValueError):
        return None
    if not top or common_of(git_dir) != common_dir or real == top:
        return None
    path = real.removeprefix(top).removeprefix("/")
    if path.partition("/")[0] == ".git":
        return None
    return File(normal(os.fsencode(path)), real, top)


def around(directory: str) -> tuple[str, str]:
    """Return the top of the worktree around a directory, and its git directory; two times '' where there is none."""
    while directory.startswith("/"):
        git_dir = directory.rstrip("/") + "/.git"
        if os.path.isdir(git_dir):
            return directory, os.path.realpath(git_dir)
        if os.path.exists(git_dir):
            named = os.fsdecode(file.read(git_dir)).removeprefix("gitdir:").strip()
            return directory, os.path.realpath(os.path.join(directory, named))
        if directory == "/":
            break
        directory = os.path.dirname(directory)
    return "", ""


def worktree(where: str, name: str, common_dir: str) -> tuple[str, str]:
    """Return the top and the git directory of the worktree that git calls so in the directory `where`.

    That is its path, or the end of one. Two times '' where there is none.
    """
    real = os.path.realpath(os.path.join(where, os.path.expanduser(name)))
    top, git_dir = around(real)
    if top == real and common_of(git_dir) == common_dir:
        return top, git_dir
    directory = common_dir + "/worktrees"
    for each in os.listdir(directory) if os.path.isdir(directory) else ():
        path = os.path.dirname(os.fsdecode(file.read(f"{directory}/{each}/gitdir")).strip())
        if path.endswith("/" + name.strip("/")):
            return path, f"{directory}/{each}"
    return "", ""


def common_of(git_dir: str) -> str:
    """Return the common git directory of a worktree's git directory."""
    try:
        linked = os.fsdecode(file.read(git_dir + "/commondir")).strip()
    except OSError:
        return git_dir
    return os.path.realpath(os.path.join(git_dir, linked))
