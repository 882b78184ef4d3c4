"""Merges that only answer whether they conflict: one `git merge-tree --stdin` for many pairs.

Nothing of the repository is changed: what git writes goes to a directory of objects that is thrown away. Attributes
come from a directory that stands for the checkout of one side, as `git merge` would read them there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.kernel.git import Git

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gitcoord.kernel.place import Place

HASTE = {"core.looseCompression": "0", "core.fsync": "none"}
"""Configuration for objects that are thrown away."""

CLEAN, CONFLICT, FAILED = "clean", "conflict", "failed"


@dataclass(frozen=True, slots=True)
class Merged:
    """How a merge ended: `CLEAN`, `CONFLICT` or `FAILED` (git gave no verdict).

    `tree` is the merged tree, '' where it failed. `paths` are those that conflict; `modules` those of them at which
    a side has a submodule.
    """

    verdict: str
    tree: str = ""
    paths: tuple[bytes, ...] = ()
    modules: frozenset[bytes] = frozenset()


NO_VERDICT = Merged(FAILED)


def quoted(path: str) -> str:
    """Return a path as git reads it in a list of object directories."""
    if ":" not in path and not path.startswith('"'):
        return path
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def git_apart(place: Place, objects: Path, top: Path, overrides: Mapping[str, str]) -> Git:
    """Return a git on this repository that writes objects to `objects` and takes `top` for its working tree.

    `overrides` are configuration values that count before those of the repository. Objects that a promisor has are
    not fetched.
    """
    git = Git(place.environ, cwd=str(top), git_dir=place.git_dir, work_tree=str(top))
    homes = dict.fromkeys((str(Path(place.common_dir, "objects")), str(Path(place.store_dir, "objects"))))
    git.env["GIT_OBJECT_DIRECTORY"] = str(objects)
    git.env["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = ":".join(map(quoted, homes))
    git.env["GIT_NO_LAZY_FETCH"] = "1"
    begin = int(git.env.get("GIT_CONFIG_COUNT", "0") or "0")
    for number, (key, value) in enumerate(overrides.items(), begin):
        git.env[f"GIT_CONFIG_KEY_{number}"], git.env[f"GIT_CONFIG_VALUE_{number}"] = key, value
    git.env["GIT_CONFIG_COUNT"] = str(begin + len(overrides))
    return git


def merge(git: Git, pairs: Sequence[tuple[str, str]]) -> list[Merged]:
    """Merge pairs of commits that have an ancestor in common, each the second into the first; ids, not names.

    One git merges them all; where a pair ends it, another one goes on behind that pair. git 2.39 holds its answers
    back until it ends, so no answer is waited for in between.
    """
    found: list[Merged] = []
    while len(found) < len(pairs):
        data = "".join(f"{ours} {theirs}\n" for ours, theirs in pairs[len(found) :])
        answers = list(_answers(git.ask("merge-tree", "--write-tree", "--stdin", data=data.encode())[1]))
        found += answers
        if len(found) < len(pairs):
            found.append(NO_VERDICT)
    return found


def _answers(out: bytes) -> Iterator[Merged]:
    """Return what the git said of each pair, up to one that it did not answer whole."""
    fields = iter(out.split(b"\0"))
    try:
        while True:
            clean, tree = next(fields), next(fields).decode()
            if clean == b"1":
                next(fields)
                yield Merged(CLEAN, tree)
            elif clean == b"0":
                yield _conflict(tree, fields)
            else:
                return
    except (StopIteration, ValueError):
        return


def _conflict(tree: str, fields: Iterator[bytes]) -> Merged:
    paths: dict[bytes, None] = {}
    modules = set()
    while entry := next(fields):
        said, _, path = entry.partition(b"\t")
        paths[path] = None
        if said.startswith(b"160000 "):
            modules.add(path)
    while count := next(fields):
        named = [next(fields) for _ in range(int(count))]
        kind = next(fields)
        next(fields)
        if kind.startswith(b"CONFLICT"):
            paths |= dict.fromkeys(named)
            modules.update(named if b"submodule" in kind else ())
    return Merged(CONFLICT, tree, tuple(paths), frozenset(modules))
