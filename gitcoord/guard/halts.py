"""Which halt stops a change, as the guard reads it. Loaded only while something is halted."""

from __future__ import annotations

from gitcoord.errors.storage import LedgerDamaged
from gitcoord.policy import halting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from gitcoord.guard.reader import Reader


def stopping(
    reader: Reader, now: int, mine: Callable[[], Collection[str]], paths: Callable[[], Iterable[str]]
) -> dict[str, Any] | None:
    """Return the record of the halt that stops a change; None where none does.

    `now` is in seconds. `mine` gives the ids of the session that makes the change and of its ancestors, `paths` what is
    changed; both are asked only where a halt is limited. Raises `Unreadable` where it cannot be told what is halted.
    """
    record = reader.record(halting.PATH)
    try:
        halts = halting.standing(record or {}, now)
        everybody = next((halt for halt in halts if halting.stops_everybody(halt)), None)
        if everybody is not None or not halts:
            return everybody
        changed = list(paths()) if any(halt.get("scopes") for halt in halts) else []
        return next((halt for halt in halts if halting.stops_change(halt, mine, changed)), None)
    except (TypeError, ValueError) as error:
        raise LedgerDamaged(f"{error}") from None
