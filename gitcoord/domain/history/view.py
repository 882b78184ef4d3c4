"""What happened, a line each. Text that others wrote cannot break one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import kinds
from gitcoord.domain.session import record as session
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.domain.history.timeline import TimelineEntry

WIDEST = 200
"""Characters of a subject; the rest is in the JSON."""


def line(found: TimelineEntry, twins: Collection[str] = ()) -> str:
    """One event in one line: id, time, kind, who, what, and what became of it. `twins` as in `session.label`."""
    what = printable(found.subject)
    if found.kind == "message" and "to" in found.own:
        urgent = f"({found.own['priority']}) " if found.own["priority"] != "normal" else ""
        what = f"to {printable(found.own['to'])}: {urgent}{what}"
    what = what if len(what) <= WIDEST else f"{what[: WIDEST - 1]}…"
    name = printable(session.labelled(found.name, found.session, twins))[:WIDEST]
    kind = printable(found.kind)[:WIDEST]
    marks = [f"#{found.number}" if found.number is not None else "", *_fate(found)]
    return f"{(found.id or '-')[:8]:<8}  {found.time.clock()}  {kind:<8}  {name}  {what}  {' '.join(marks)}".rstrip()


def _fate(found: TimelineEntry) -> Iterable[str]:
    kind = kinds.ALL.get(found.kind)
    if kind is not None and found.verdict == "accepted" and (gave := kind.gave(found.own)):
        yield gave
    if found.verdict == "refused":
        yield f"refused: {printable(found.refusal)}"
    elif found.verdict == "pending":
        yield "pending"
    elif found.kind == "verdict":
        yield found.verdict
    if found.verdict and found.verdict != "pending" and found.confirmed is False:
        yield "(provisional)"
