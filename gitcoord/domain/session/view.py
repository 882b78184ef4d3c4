"""Answers about sessions, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.columns import WIDEST, table
from gitcoord.domain.wording import until
from gitcoord.policy import duration
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gitcoord.domain.board.look import Seen


def me(item: Seen, now: int) -> Iterable[str]:
    """The session that asks, and what it holds, a line each."""
    held = f", {until(item.held_until, now)}" if item.held_until is not None else ""
    yield f"{item.id} ({printable(item.name)}), {item.status}{held}"
    for scope in item.claims:
        yield f"  holds {printable(scope)}"


def sessions(items: Sequence[Seen], now: int, me: str) -> Iterable[str]:
    """A table of sessions; `me` is the one that reads it."""
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
