"""What an answer depends on, told without making it: the ledger's tip, every other ref of ours, and the branches."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.errors import CoordError
from gitcoord.kernel import refdir
from gitcoord.kernel.git import Git
from gitcoord.kernel.refname import HEADS, LEDGER, REMOTES, STATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.kernel.place import Place

BRANCHES = (HEADS, REMOTES)

READ_FILES = frozenset(("check", "conflicts", "context", "exports", "match"))
"""Commands that look at files of working trees: no stamp says whether their answer is still the same."""


def stamp(place: Place) -> tuple[str, str]:
    """Return the ledger's tip and a digest of what else is recorded; '' for no ledger.

    That is logs, signs of life, the hub's refs, the branches, and which branch each working tree is on.
    """
    try:
        own = _refs(place.store_git, place.store_dir, STATE)
        branches = _refs(Git(place.environ, git_dir=place.common_dir), place.common_dir, BRANCHES)
    except (CoordError, OSError):
        return "", ""
    out = "\n".join(f"{name} {oid}" for refs in (own, branches) for name, oid in refs.items())
    heads = _heads(Path(place.common_dir))
    return own.get(LEDGER, ""), hashlib.sha256(out.encode("utf-8", "surrogateescape") + heads).hexdigest()


def _refs(git: Git, directory: str, below: Sequence[str]) -> dict[str, str]:
    """Return refs, each with its object id or its target: from their files, or, where those do not say it, from git."""
    found: dict[str, str] = {}
    for prefix in below:
        known = refdir.read(directory, prefix, resolved=False)
        if known is None:
            out = git.text("for-each-ref", "--format=%(refname) %(objectname)", prefix)
            known = dict(line.rsplit(" ", 1) for line in out.splitlines())
        found |= known
    return found


def _heads(common_dir: Path) -> bytes:
    """Return what the HEAD of each working tree says; nothing of one that is just going."""
    found = b""
    for path in (common_dir / "HEAD", *sorted(common_dir.glob("worktrees/*/HEAD"))):
        try:
            found += str(path).encode("utf-8", "surrogateescape") + b" " + path.read_bytes()
        except OSError:
            continue
    return found
