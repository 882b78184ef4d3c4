"""The best common ancestors of many commits, pair by pair, from one walk through the history that they do not share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gitcoord.errors import GitFailed
from gitcoord.policy.ids import NO_OBJECT, Oid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.kernel.git import Git

MOST = 200_000
"""Commits that are walked at most."""


class _Walk(NamedTuple):
    """The ancestor that all have in common ('' for none), what was walked down to it, and what of that is above it.

    Where `commits` are more than `MOST`, nobody looks at the last.
    """

    root: Oid
    commits: list[tuple[Oid, list[Oid]]]
    below: set[Oid]


def of_pairs(git: Git, tips: Sequence[Oid], guess: Oid = NO_OBJECT) -> dict[tuple[int, int], list[Oid]] | None:
    """Return the merge bases of each pair of `tips`, by their indices, the smaller one first.

    A pair without an ancestor in common is missing. `guess` is a commit that may be an ancestor of all: where it is,
    git need not look for one. None where the history that they do not share is longer than `MOST`.
    """
    root, walked, below = _guessed(git, tips, guess) or _searched(git, tips)
    if len(walked) > MOST:
        return None
    found = _fork_points(walked, {tip: number for number, tip in enumerate(tips)}, root)
    if root:
        for first in range(len(tips)):
            for second in range(first + 1, len(tips)):
                bases = found.setdefault((first, second), [])
                if not any(base in below for base in bases):
                    bases.append(root)
    return found


def _guessed(git: Git, tips: Sequence[Oid], guess: Oid) -> _Walk | None:
    """Return a walk down to an ancestor that was guessed; None where it is not one of all, or is gone."""
    if not guess:
        return None
    try:
        walked = _walk(git, tips, guess)
    except GitFailed:
        return None
    found = _Walk(guess, walked, _descendants(walked, guess))
    return found if len(walked) <= MOST and found.below.issuperset(tips) else None


def _searched(git: Git, tips: Sequence[Oid]) -> _Walk:
    root = _shared(git, tips)
    walked = _walk(git, tips, root)
    return _Walk(root, walked, _descendants(walked, root))


def _shared(git: Git, tips: Sequence[Oid]) -> Oid:
    """An ancestor that all have in common, '' where there is none."""
    out = git.ask("merge-base", "--octopus", *tips)[1].decode().split()
    return Oid(out[0] if out else "")


def _walk(git: Git, tips: Sequence[Oid], root: Oid) -> list[tuple[Oid, list[Oid]]]:
    """Commits with their parents, children first, without the shared ancestor and what is behind it.

    Where there are more than `MOST`, one more than that.
    """
    names = "".join(f"{tip}\n" for tip in dict.fromkeys(tips)) + (f"^{root}\n" if root else "")
    limit = f"--max-count={MOST + 1}"
    out = git.run("rev-list", "--topo-order", "--parents", limit, "--stdin", data=names.encode()).decode()
    return [(line[0], line[1:]) for line in ([*map(Oid, listed.split())] for listed in out.splitlines())]


def _fork_points(
    walked: list[tuple[Oid, list[Oid]]], tips: dict[Oid, int], root: Oid
) -> dict[tuple[int, int], list[Oid]]:
    """A commit is a base of two tips where both reach it, and no child of it is reached by both."""
    reached: dict[Oid, int] = {}
    children: dict[Oid, list[int]] = {}
    found: dict[tuple[int, int], list[Oid]] = {}
    for commit, parents in walked:
        own = 1 << tips[commit] if commit in tips else 0
        mask = reached.pop(commit, 0) | own
        known = children.pop(commit, [])
        if mask not in known:  # or every pair stands in that child already
            for pair in _pairs(mask):
                both = 1 << pair[0] | 1 << pair[1]
                if not any(child & both == both for child in known):
                    found.setdefault(pair, []).append(commit)
        for parent in parents:
            if parent != root:
                reached[parent] = reached.get(parent, 0) | mask
                children.setdefault(parent, []).append(mask)
    return found


def _pairs(mask: int) -> Iterator[tuple[int, int]]:
    members = [number for number in range(mask.bit_length()) if mask >> number & 1]
    for place, first in enumerate(members):
        for second in members[place + 1 :]:
            yield first, second


def _descendants(walked: list[tuple[Oid, list[Oid]]], root: Oid) -> set[Oid]:
    """The walked commits that have the shared ancestor behind them, and itself."""
    if len(walked) > MOST or not root:
        return set()
    below = {root}
    for commit, parents in reversed(walked):
        if not below.isdisjoint(parents):
            below.add(commit)
    return below
