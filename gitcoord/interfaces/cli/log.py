"""`git coord log`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gitcoord.domain import checkout
from gitcoord.domain.history import log
from gitcoord.interfaces.cli import happenings, when

if TYPE_CHECKING:
    from gitcoord.domain.history.happening import Happening
    from gitcoord.interfaces.cli.invocation import Invocation

LIMIT = 50
"""Events where no number is asked for."""


def run(
    context: typer.Context,
    of: Annotated[str, typer.Option(metavar="ID", help="Only what this session did; its id or name.")] = "",
    path: Annotated[str, typer.Option(metavar="P", help="Only what was about this path, glob or kind:name.")] = "",
    since: Annotated[str, typer.Option(metavar="T", help="Only since then: 2h, a time, or the id of an event.")] = "",
    kind: Annotated[list[str] | None, typer.Option(metavar="KIND", help="Only such events; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help=f"So many ({LIMIT}); 0 for all.")] = LIMIT,
) -> None:
    """Show what happened."""
    this: Invocation = context.obj
    kinds = happenings.check_kinds(kind or ())
    time, after = when.parse_or_id(since, this.clock.now()) if since else (0, "")
    this.call.look()
    scope = checkout.parse(this.call.workspace, [path])[0] if path else None
    events: list[dict[str, Any]] = []

    def show(found: Happening) -> None:
        if this.json:
            events.append(happenings.as_json(found))
        else:
            print(happenings.line(found))

    more = log.read(this.call.workspace, log.Query(of, scope, time, after, kinds, limit), show)
    if more:
        this.note("there are more: --limit 0 shows all of them")
    this.answer(log.Log(events, more), [])
