"""Which paths a commit about to be made, or one that was made, changes. Asked of git, since only it knows its index."""

from __future__ import annotations

import os

from gitcoord.errors import GitFailed
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.kernel.git import Git
    from gitcoord.kernel.spawn import Process

# Renames would hide their old side, and configuration could hide submodules or show a part only.
_EVERYTHING = ("--no-renames", "--ignore-submodules=none", "-z")
_STAGED = ("diff", "--cached", "--name-only", "--no-relative", *_EVERYTHING)
_ABSENT = b"000000"
_COMMITTED = ("diff-tree", "--root", "-r", "-c", *_EVERYTHING)


def start(git: Git) -> Process:
    """Start asking for the staged paths."""
    return git.start(*_STAGED)


def staged(git: Git, git_dir: str, started: Process) -> list[str]:
    """The paths in which the index differs from HEAD, both sides of a rename among them.

    In a merge only those in which it differs from all parents: what a parent brought is its makers' work. `git_dir` is
    the git directory of the worktree. Raises `GitFailed`.
    """
    paths = _paths(started)
    for head in _merge_heads(git_dir):
        if paths:
            others = set(_paths(git.start(*_STAGED, head)))
            paths = [path for path in paths if path in others]
    return paths


def existing(git: Git, *, amends: bool = False) -> set[str]:
    """Those staged paths that HEAD has: changed or deleted, not added.

    Where the commit `amends` HEAD, what HEAD's first parent has counts: a file that HEAD added is still being added.
    """
    if not amends:
        return set(_paths(git.start(*_STAGED, "--diff-filter=a")))
    from gitcoord.kernel import revision

    parent = revision.leads_to(git, "HEAD^")
    return set(_paths(git.start(*_STAGED, "--diff-filter=a", parent))) if parent else set()


class Changed:
    """The paths that a commit changed, in git's order; `existing` are those that its first parent had."""

    __slots__ = ("existing", "paths")

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.existing: set[str] = set()


def amended(git: Git, before: Oid, after: Oid) -> Changed:
    """What the commit `after` has otherwise than `before`, which it replaces; `existing` as in `committed`.

    Raises `GitFailed`.
    """
    found = Changed()
    fields = git.run("diff-tree", "-r", "--name-only", *_EVERYTHING, before, after).split(b"\0")
    found.paths = [normal(name) for name in fields if name]
    whole = committed(git, [after]).get(after)
    found.existing = whole.existing if whole is not None else set()
    return found


def committed(git: Git, commits: list[Oid]) -> dict[Oid, Changed]:
    """What each of these commits changed; of a merge only what differs from all of its parents.

    A commit that changed nothing is missing. Raises `GitFailed`.
    """
    if not commits:
        return {}
    out = git.run(*_COMMITTED, "--stdin", data="".join(f"{commit}\n" for commit in commits).encode())
    found: dict[Oid, Changed] = {}
    of = Changed()
    fields = iter(out.split(b"\0"))
    for field in fields:
        if field.startswith(b":"):  # modes, of the first parent first, and ids; a name follows
            path = normal(next(fields))
            of.paths.append(path)
            if not field.lstrip(b":").startswith(_ABSENT):
                of.existing.add(path)
        elif field:
            of = found.setdefault(Oid(field.decode()), Changed())
    return {commit: of for commit, of in found.items() if of.paths}


def normal(path: bytes) -> str:
    """A path that git named, as claims have it: composed (NFC), bytes that are not UTF-8 as surrogate escapes."""
    if path.isascii():
        return path.decode("ascii")
    from unicodedata import normalize

    return normalize("NFC", path.decode("utf-8", "surrogateescape"))


def _paths(process: Process) -> list[str]:
    status, out, _ = process.communicate()
    if status != 0:
        raise GitFailed(["diff", "--cached"], status, "")
    return [normal(name) for name in out.split(b"\0") if name]


def _merge_heads(git_dir: str) -> list[str]:
    from gitcoord.kernel import file

    try:
        return os.fsdecode(file.read(git_dir + "/MERGE_HEAD")).split()
    except FileNotFoundError:
        return []
