"""What an answer depends on, told without making it: the ledger's tip, every other ref of ours, and the branches."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.errors import CoordError
from gitcoord.kernel.git import Git
from gitcoord.kernel.refname import LEDGER, STATE

if TYPE_CHECKING:
    from gitcoord.kernel.place import Place

BRANCHES = ("refs/heads", "refs/remotes")

READ_FILES = frozenset(("check", "conflicts", "context", "exports", "match"))
"""Commands that look at files of working trees: no stamp says whether their answer is still the same."""


def stamp(place: Place) -> tuple[str, str]:
    """Return the ledger's tip and a digest of what else is recorded; '' for no ledger.

    That is logs, signs of life, the hub's refs, the branches, and which branch each working tree is on.
    """
    try:
        if place.store_dir == place.common_dir:
            out = _refs(place.store_git, *STATE, *BRANCHES)
        else:
            out = _refs(place.store_git, *STATE) + _refs(Git(place.environ, git_dir=place.common_dir), *BRANCHES)
    except (CoordError, OSError):
        return "", ""
    tip = next((line.partition(" ")[2] for line in out.splitlines() if line.startswith(f"{LEDGER} ")), "")
    return tip, hashlib.sha256(out.encode("utf-8", "surrogateescape") + _heads(Path(place.common_dir))).hexdigest()


def _refs(git: Git, *below: str) -> str:
    return git.text("for-each-ref", "--format=%(refname) %(objectname)", *below) + "\n"


def _heads(common_dir: Path) -> bytes:
    """Return what the HEAD of each working tree says; nothing of one that is just going."""
    found = b""
    for path in (common_dir / "HEAD", *sorted(common_dir.glob("worktrees/*/HEAD"))):
        try:
            found += str(path).encode("utf-8", "surrogateescape") + b" " + path.read_bytes()
        except OSError:
            continue
    return found
