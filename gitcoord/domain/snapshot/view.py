"""What a snapshot does not hold, as people are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.wording import few
from gitcoord.errors.remedy import Remedy, step
from gitcoord.policy import size
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gitcoord.domain.snapshot.content import Left

WHY = {
    "secret": "the name looks like that of a secret",
    "large": "a new file above 1 MiB",
    "full": "the snapshot is full (coord.snapshotMax)",
    "nested": "a repository of its own: commit there",
    "submodule": "uncommitted work inside the submodule: take a snapshot there",
    "unreadable": "it cannot be read",
    "special": "neither a file nor a link",
}
"""Why a path is left out, in words."""

TAKEN_BY_NAME = ("secret", "large", "many")
"""What is left out unless `--include` names it."""


NAMED = 5
"""So many paths are named in a sentence."""


def named(left: Sequence[Left]) -> str:
    """Name what a snapshot does not hold, in a sentence."""
    return few([printable(one.path) for one in left], NAMED)


def told_left(left: Iterable[Left], *, here: bool = True) -> Iterator[str]:
    """Lines that name what a snapshot does not hold, and, where it is taken `here`, how to have that taken."""
    named = list(left)
    for one in named:
        why = WHY.get(one.why) or f"{one.files} new files at once"
        large = f" ({size.show(one.size)})" if one.size > (1 << 20) else ""
        yield f"left out: {printable(one.path)}{large}: {why}"
    wanted = [one.path for one in named if one.why in TAKEN_BY_NAME]
    if wanted and here:
        yield Remedy("to take it: {}", step("snapshot --include", wanted[0]))
