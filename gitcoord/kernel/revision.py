"""What git says of a commit, whatever names it: its id, its tree, its past. Light: the guard uses it."""

from __future__ import annotations

from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from gitcoord.kernel.git import Git


def leads_to(git: Git, name: str) -> Oid:
    """Return the id of the object that a ref or another name leads to; '' where git knows no such name.

    The object itself may be missing.
    """
    status, out, _ = git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    return Oid(out.decode().strip() if status == 0 else "")


def commit(git: Git, name: str) -> Oid:
    """Return the id of the commit that a name means; '' where there is none of that name here."""
    return leads_to(git, f"{name}^{{commit}}")


def tree(git: Git, of: str) -> Oid:
    """Return the id of the tree of a commit. Raises `GitFailed` where the commit is not here."""
    return Oid(git.text("rev-parse", f"{of}^{{tree}}"))


def common(git: Git, one: str, other: str) -> Oid:
    """Return the best ancestor that two commits have in common; '' where they have none, or one is not here."""
    status, out, _ = git.ask("merge-base", one, other)
    return Oid(out.decode().strip() if status == 0 else "")


def is_behind(git: Git, old: str, new: str) -> bool:
    """Return whether a commit is in the history of another, or is that commit."""
    return old == new or git.ask("merge-base", "--is-ancestor", old, new)[0] == 0


def listed(git: Git, *args: str, data: bytes = b"") -> list[Oid]:
    """Return the commits that `git rev-list` lists for these arguments. Raises `GitFailed`."""
    return [Oid(name) for name in git.run("rev-list", *args, data=data).decode().split()]


def present(git: Git, commits: Collection[Oid]) -> list[Oid]:
    """Return those of the ids that are commits in this repository. Raises `GitFailed`."""
    if not commits:
        return []
    asked = "".join(f"{oid}\n" for oid in commits).encode()
    kinds = git.run("cat-file", "--batch-check=%(objecttype)", data=asked).decode().splitlines()
    return [oid for oid, kind in zip(commits, kinds, strict=True) if kind == "commit"]
