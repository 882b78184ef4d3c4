"""`git coord watch`."""

from __future__ import annotations

import json
import select
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.history import happening, view, watch, when
from gitcoord.domain.message import record as message
from gitcoord.domain.session import identity
from gitcoord.errors import NotFound
from gitcoord.interfaces.envelope import VERSION
from gitcoord.policy import duration
from gitcoord.policy import topic as topics

if TYPE_CHECKING:
    from gitcoord.domain.history.happening import Happening
    from gitcoord.domain.session.record import Session
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    kind: Annotated[list[str] | None, typer.Option(metavar="KIND", help="Only such events; may be repeated.")] = None,
    topic: Annotated[str, typer.Option(metavar="PATTERN", help="Only messages of such topics.")] = "",
    priority: Annotated[str, typer.Option(metavar="P", help="Only messages of this priority or a higher one.")] = "",
    to_me: Annotated[bool, typer.Option("--to-me", help="Only messages for this session.")] = False,
    of: Annotated[str, typer.Option(metavar="ID", help="Only what this session does; its id or name.")] = "",
    role: Annotated[str, typer.Option(metavar="R", help="Only what sessions with this role do.")] = "",
    since: Annotated[
        str, typer.Option(metavar="T", help="First what happened since: 2h, a time, or the last id seen.")
    ] = "",
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="End after so many.")] = 0,
    lasting: Annotated[str, typer.Option("--for", metavar="D", help="End after this time.")] = "",
) -> None:
    """Show what happens."""
    this: Invocation = context.obj
    if priority:
        message.check_priority(priority)
    if topic:
        topics.check_pattern(topic)
    kinds = happening.check_kinds(kind or ())
    seconds = duration.parse(lasting) if lasting else None
    begin = watch.Since(*when.parse_or_id(since, this.clock.now())) if since else watch.Since()
    wanted = watch.Wanted(kinds, of, role, topic, priority, _reader(this) if to_me else None)
    shown = 0
    with closing(watch.follow(this.call.workspace, wanted, begin, seconds)) as stream:
        for found in stream:
            for one in found[: limit - shown if limit else None]:
                _show(this, one)
            shown += len(found)
            if (limit and shown >= limit) or _is_unread():
                return


def _reader(this: Invocation) -> Session:
    """The session whose messages are meant; none is started, and nothing done for it."""
    found = identity.find(this.call.workspace, this.call.workspace.ledger.state(), this.session, for_reading=True)
    if found is None:
        raise NotFound("this is not a session", "say which with: --session ID")
    return found


def _show(this: Invocation, found: Happening) -> None:
    """Write one line, whole."""
    # JSON in ASCII: no terminal and no reader of lines makes more of it than one line.
    text = json.dumps({"v": VERSION, **found.as_json()}) if this.json else view.line(found)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _is_unread() -> bool:
    """Whether standard output is a pipe that nobody reads any more."""
    try:
        poller = select.poll()
        poller.register(sys.stdout.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLNVAL) for _, event in poller.poll(0))
    except (OSError, ValueError):
        return False
