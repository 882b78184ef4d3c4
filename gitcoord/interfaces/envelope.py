"""What every answer carries for programs, whatever interface gives it (docs/reference.md, "Answers")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain.outcome import DONE, Outcome
from gitcoord.errors.remedy import Remedy
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.kernel.clock import Clock

VERSION = 1


def as_of(call: Call | None, clock: Clock) -> Moment:
    """Return when what is told was true: with a hub, when it was looked at last."""
    agreement = call.opened.agreement if call is not None and call.opened is not None else None
    if call is None or agreement is None or agreement.status == "none":
        return Moment(clock.now())
    # An exchange of operations alone has brought no messages; so what only reads is as old as the last whole look.
    return Moment((agreement.looked if call.looks else 0) or agreement.met or clock.now())


def hub(call: Call | None) -> str:
    """Return how the hub answered: `none`, `ok` or `offline`."""
    if call is None:
        return "none"
    return call.opened.agreement.status if call.opened is not None else call.hub


def warnings(call: Call | None) -> list[str]:
    """Return what the session should know, and what of the hub."""
    if call is None:
        return []
    of_hub = call.opened.agreement.warnings if call.opened is not None else []
    return list(dict.fromkeys([*call.warnings, *of_hub]))


def answer(call: Call | None, clock: Clock, record: Any, outcome: Outcome = DONE) -> dict[str, Any]:
    """Return a record with its head and its outcome, as JSON values."""
    from gitcoord.domain.records import to_json

    head = {
        "v": VERSION,
        "as_of": as_of(call, clock).rfc3339(),
        "hub": hub(call),
        "warnings": warnings(call),
    }
    body: dict[str, Any] = {**head, **to_json(record)}
    if body.get("reason") == "":
        del body["reason"]
    remedy = outcome.hint.command if isinstance(outcome.hint, Remedy) else ""
    said = {"reason": outcome.reason, "message": outcome.message, "remedy": remedy, "hint": outcome.hint}
    return body | {name: text for name, text in said.items() if text}
