"""`git coord inbox`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.history import feed
from gitcoord.domain.message import inbox, view
from gitcoord.domain.message import record as message
from gitcoord.domain.message.mailbox import Filter
from gitcoord.errors import NotFound
from gitcoord.interfaces.cli import when
from gitcoord.policy import duration
from gitcoord.policy import topic as topics

if TYPE_CHECKING:
    from gitcoord.domain.message.inbox import Inbox
    from gitcoord.interfaces.cli.invocation import Invocation

NOBODY = "nothing unread: this is not a session yet"


def run(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also what was read before.")] = False,
    peek: Annotated[bool, typer.Option("--peek", help="Leave it unread.")] = False,
    thread: Annotated[str, typer.Option(metavar="ID", help="One conversation, both sides of it.")] = "",
    topic: Annotated[str, typer.Option(metavar="PATTERN", help="Only of such topics: project.*.tasks.#")] = "",
    priority: Annotated[str, typer.Option(metavar="P", help="Only of this priority or a higher one.")] = "",
    since: Annotated[str, typer.Option(metavar="T", help="Only what was sent since: 2h, or a time.")] = "",
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="At most so many; 0 for all.")] = 50,
    wait: Annotated[str, typer.Option(metavar="D", help="Wait up to this long for something unread.")] = "",
) -> None:
    """Read messages."""
    this: Invocation = context.obj
    if priority:
        message.check_priority(priority)
    if topic:
        topics.check_pattern(topic)
    seconds = duration.parse(wait) if wait else 0
    if not seconds:  # who waits asks the hub in any case
        this.call.look()
    workspace, me = this.call.workspace, this.call.reader(mail=False)
    if me is None:
        if seconds:
            raise NotFound("nobody can write to you: this is not a session yet", "start one: git coord start")
        this.answer(inbox.Inbox([], 0), [] if this.quiet else [NOBODY])
        return
    reader = me
    if thread:
        with feed.opened(workspace) as chronicle:
            thread = feed.message_of(workspace, chronicle, thread).thread
    wanted = Filter(thread, topic, priority, when.parse(since, this.clock.now()) if since else 0)
    if seconds:
        inbox.wait(workspace, me, wanted, seconds)

    def show(found: Inbox) -> None:
        lines = view.messages(found, reader.id, this.clock.now(), history=everything or bool(thread))
        this.answer(found, [] if this.quiet and not found.messages else lines)
        sys.stdout.flush()

    inbox.read(workspace, me, inbox.Request(wanted, everything or bool(thread), peek, limit), show)
