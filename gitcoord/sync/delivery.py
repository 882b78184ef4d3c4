"""What could not be delivered to the hub, why, and what to do about it.

Git cannot make a ref where another one stands above or below its name. Whoever may push to the hub can put one there,
so each ref is pushed for itself, everything else goes on, and what did not arrive is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gitcoord.policy.ids import RefName
    from gitcoord.sync.transport import Hub

DELETED = 20
"""Refs that one hint deletes."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A ref that did not get to the hub. `in_the_way` are refs at the hub above or below its name."""

    ref: RefName
    why: str
    in_the_way: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What happened, for people."""
        return f"{printable(self.ref)} is not at the hub: {self.why}"


def explain(hub: Hub, refused: Mapping[RefName, str]) -> list[Undelivered]:
    """Find out why refs were not delivered; `refused` has each with what git and the server said of it."""
    if not refused:
        return []
    there = hub.listed() or {}
    found = []
    for ref, said in refused.items():
        above = tuple(ref[:at] for at, char in enumerate(ref) if char == "/")
        blocking = sorted(name for name in there if name in above or name.startswith(f"{ref}/"))
        why = f"{_some(blocking)} stands in its way there" if blocking else said or "the hub gave no reason"
        found.append(Undelivered(ref, why, tuple(blocking)))
    return found


def in_the_way(undelivered: Sequence[Undelivered]) -> list[str]:
    """Return some of the refs at the hub that are in the way of others, and can be typed."""
    found = dict.fromkeys(ref for item in undelivered for ref in item.in_the_way if printable(ref) == ref)
    return list(found)[:DELETED]


def _some(refs: Sequence[str]) -> str:
    more = f" (and {len(refs) - 1} more)" if len(refs) > 1 else ""
    return printable(refs[0]) + more
