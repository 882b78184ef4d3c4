"""`git coord watch`."""

from __future__ import annotations

import json
import select
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.command import option
from gitcoord.domain.history import timeline, view, watch, when
from gitcoord.domain.message import record as message
from gitcoord.domain.session import identity
from gitcoord.domain.session import record as session
from gitcoord.errors.session import NoSession
from gitcoord.interfaces.envelope import VERSION
from gitcoord.policy import duration
from gitcoord.policy import topic as topics

if TYPE_CHECKING:
    from gitcoord.domain.history.timeline import TimelineEntry
    from gitcoord.domain.session.record import Session
    from gitcoord.interfaces.cli.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Request:
    """Show what happens."""

    kind: Annotated[list[str], option(metavar="KIND", help="Only events of this kind; may be repeated.")] = field(
        default_factory=list
    )
    topic: Annotated[str, option(metavar="PATTERN", help="Only messages of such topics.")] = ""
    priority: Annotated[str, option(metavar="P", help="Only messages of this priority or a higher one.")] = ""
    to_me: Annotated[bool, option("--to-me", help="Only messages for this session.")] = False
    of: Annotated[str, option(metavar="ID", help="Only what this session does; its id or name.")] = ""
    role: Annotated[str, option(metavar="R", help="Only what sessions with this role do.")] = ""
    type: Annotated[str, option(metavar="T", help="Only events about messages or tasks of this type.")] = ""
    since: Annotated[str, option(metavar="T", help="First what happened since: 2h, a time, or the last id seen.")] = ""
    limit: Annotated[int, option(metavar="N", least=0, help="End after so many.")] = 0
    lasting: Annotated[str, option("--for", metavar="D", help="End after this time.")] = ""


def run(this: Invocation, request: Request) -> None:
    """Show what happens."""
    if request.priority:
        message.check_priority(request.priority)
    if request.topic:
        topics.check_pattern(request.topic)
    kinds = timeline.check_kinds(request.kind)
    seconds = duration.parse(request.lasting) if request.lasting else None
    begin = watch.Since(*when.parse_or_id(request.since, this.clock.now())) if request.since else watch.Since()
    reader = _reader(this) if request.to_me else None
    types = (request.type,) if request.type else ()
    wanted = watch.Wanted(kinds, request.of, request.role, request.topic, request.priority, reader, types)
    limit, shown = request.limit, 0
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
        raise NoSession()
    return found


def _show(this: Invocation, found: TimelineEntry) -> None:
    """Write one line, whole."""
    # JSON in ASCII: no terminal and no reader of lines makes more of it than one line.
    line = json.dumps({"v": VERSION, **found.as_json()}) if this.json else ""
    sys.stdout.write((line or view.line(found, session.twins(this.call.state))) + "\n")
    sys.stdout.flush()


def _is_unread() -> bool:
    """Return whether standard output is a pipe whose reader is gone."""
    try:
        poller = select.poll()
        poller.register(sys.stdout.fileno(), 0)
        return any(event & (select.POLLERR | select.POLLNVAL) for _, event in poller.poll(0))
    except (OSError, ValueError):
        return False
