"""Look back at what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.command import Command, option
from gitcoord.domain.history import log, timeline, view, when
from gitcoord.domain.session import record as session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call

LIMIT = 50
"""Events where no number is asked for."""


@dataclass(frozen=True, slots=True)
class Look:
    """Show what happened."""

    of: Annotated[str, option(metavar="ID", help="Only what this session did; its id or name.")] = ""
    role: Annotated[str, option(metavar="R", help="Only what sessions with this role did.")] = ""
    path: Annotated[str, option(metavar="P", help="Only events about this path, glob or kind:name.")] = ""
    since: Annotated[str, option(metavar="T", help="Only since then: 2h, a time, or the id of an event.")] = ""
    kind: Annotated[list[str], option(metavar="KIND", help="Only events of this kind; may be repeated.")] = field(
        default_factory=list
    )
    type: Annotated[str, option(metavar="T", help="Only events about messages or tasks of this type.")] = ""
    limit: Annotated[int, option(metavar="N", least=0, help=f"So many ({LIMIT}); 0 for all.")] = LIMIT


def run(call: Call, request: Look) -> log.Log:
    """Return what happened, as it is read. Raises `NotFound`, `Usage`."""
    kinds = timeline.check_kinds(request.kind)
    time, after = when.parse_or_id(request.since, call.now) if request.since else (0, "")
    call.look()
    scope = checkout.parse(call.workspace, [request.path])[0] if request.path else None
    query = log.Query(request.of, request.role, scope, time, after, kinds, request.limit, request.type)
    return call.until_shown.enter_context(log.reading(call.workspace, query))


def _lines(call: Call, answer: log.Log) -> Iterator[str]:
    twins = session.twins(call.state)
    for event in answer.events:
        yield view.line(event, twins)
    if answer.more:
        call.note("there are more: --limit 0 shows all of them")


COMMANDS = (Command("log", Look, run, _lines, quiet=_lines, does="reads"),)
