"""Listings of claims and of sessions, a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.wording import until
from gitcoord.interfaces.cli.columns import table
from gitcoord.policy import duration
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitcoord.domain.board.look import Seen
    from gitcoord.domain.records import Holding

WIDEST = 60
"""Columns are no wider."""


def claims(items: Sequence[Holding], now: int, me: str, none: str = "nothing is claimed") -> Iterable[str]:
    """A listing of claims; `none` is said where there are none."""
    if not items:
        yield none
        return
    rows = [
        (
            printable(item.scope) + (" (shared)" if item.shared else ""),
            printable(item.called) + (" (me)" if item.session == me else ""),
            item.status,
            until(item.held_until, now),
            printable(item.work),
        )
        for item in items
    ]
    yield from table(("SCOPE", "HELD BY", "STATUS", "UNTIL", "WORK"), rows, most=WIDEST)


def sessions(items: Sequence[Seen], now: int, me: str) -> Iterable[str]:
    """A listing of sessions."""
    if not items:
        yield "nobody is here"
        return
    rows = [
        (
            printable(item.id) + (" (me)" if item.id == me else ""),
            printable(item.name),
            item.status,
            f"{duration.show(now - item.last_seen)} ago",
            printable(item.branch),
            ", ".join(printable(scope) for scope in item.claims[:3]) + (" ..." if len(item.claims) > 3 else ""),
            (printable(item.work) + (f" ({item.progress} %)" if item.progress is not None else "")).strip(),
        )
        for item in items
    ]
    yield from table(("SESSION", "NAME", "STATUS", "SEEN", "BRANCH", "CLAIMS", "WORK"), rows, most=WIDEST)
