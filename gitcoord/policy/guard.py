"""Whether a change to one path is refused: the rule, from plain values.

Light: imports only `lease`; the hooks load it on every commit that meets a claim.
"""

from __future__ import annotations

from gitcoord.policy import lease

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Protocol, TypeVar

    class Standing(Protocol):
        """A scope of somebody's claim, as the index has it."""

        @property
        def session(self) -> str:
            """Who holds it."""

        @property
        def shared(self) -> bool:
            """Whether others may hold it too."""

    S = TypeVar("S", bound=Standing)

EXEMPT = ("shared", "off")
"""Values of the attribute `coord` that take a path out of the guard's sight."""


def against(covering: Sequence[S], below: Iterable[S], mine: Collection[str]) -> list[S]:
    """The claims that speak against a change to a path.

    `covering` have the path in them, `below` are on something deeper than the path. `mine` are the session that makes
    the change and its ancestors, nobody where no session makes it: a claim of a descendant speaks against it like
    that of a stranger. A shared claim does not where one of mine, shared or not, covers the path too.
    """
    own = covered(covering, mine)
    return [item for item in (*covering, *below) if item.session not in mine and not (own and item.shared)]


def covered(covering: Iterable[Standing], mine: Collection[str]) -> bool:
    """Whether one of mine claims the path."""
    return any(item.session in mine for item in covering)


def stale(until: int | None, last: int, length: int, now: int, *, skew: int, agent: bool, process: str) -> str:
    """Return why a claim does not count: 'deadline', 'process' or 'lease', or '' while it counts.

    `until` is its own deadline; `last` and `length` are its holder's lease, `agent` and `process` what is known of the
    holder's process (`lease.evidence`). `skew` is the tolerance between the two clocks: 0 within one clone.
    """
    if lease.passed(until, now, skew):
        return "deadline"
    return lease.evidence(last, length, now, skew, agent=agent, process=process)


def may_pass_as_made(maker: str, holder: str, holder_ancestors: Collection[str], ancestors: Collection[str]) -> bool:
    """Whether a commit made by session `maker` may touch what `holder` claims, whoever pushes it.

    `ancestors` are the maker's: parent and child work for one another.
    """
    return maker == holder or maker in holder_ancestors or holder in ancestors
