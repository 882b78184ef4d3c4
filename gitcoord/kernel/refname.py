"""The other refs that git takes a full ref name for, where the ref of that name is missing (gitrevisions(7)).

Light: the guard uses it.
"""

from __future__ import annotations

RULES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")


def mistaken_for(ref: str) -> list[str]:
    """Full names of the refs that `git cat-file` and others read in place of `ref`, in git's order."""
    return [rule.format(ref) for rule in RULES]
