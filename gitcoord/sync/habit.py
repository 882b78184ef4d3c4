"""Whether to look at the hub's ledger before something is written, by what was found when this clone wrote last.

Two clones that take turns would lose each first push: that costs a push, a pause, a fetch and another push, where a
fetch and one push are enough. A clone that works alone needs no fetch. In a crowd it is best to push at once, too: what
is announced with a lost push is sequenced by others, so most of a crowd need not push again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.kernel import coordfile, mark

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = coordfile.HUB_OTHERS
"""How many times this clone wrote since another clone's writing was found; the content is a number."""

QUIET = 4
"""After so many writings in a row without another clone's in between, nobody is expected."""

_COUNTS = frozenset(map(str, range(QUIET)))

CROWD = 4
"""So many other clones that write at the same moment are a crowd."""

MOMENT = 2
"""Seconds before a contact began in which what others wrote counts as the same moment."""


def expects_others(directory: Path) -> bool:
    """Whether another clone most likely has written since this one did."""
    return _quiet(directory) < QUIET


def found_others(directory: Path, times: Mapping[str, int], began: int) -> None:
    """Keep that a contact which `began` then found what other clones wrote at these times (clone -> seconds)."""
    crowd = sum(time >= began - MOMENT for time in times.values()) >= CROWD
    _keep(directory, QUIET if crowd else 0)


def found_nobody(directory: Path) -> None:
    """Keep that this clone wrote, and nobody else had since the last time."""
    quiet = _quiet(directory)
    if quiet < QUIET:
        _keep(directory, quiet + 1)


def _quiet(directory: Path) -> int:
    known = mark.word(directory / FILE)
    return int(known) if known in _COUNTS else QUIET


def _keep(directory: Path, quiet: int) -> None:
    mark.put(directory / FILE, str(quiet))
