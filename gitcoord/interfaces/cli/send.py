"""`git coord send`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.message import record as message
from gitcoord.domain.message import send, view
from gitcoord.errors import Usage
from gitcoord.policy import duration

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    to: Annotated[str, typer.Argument(metavar="TO", help="An id, a name, all, role:R or can:CAP.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="What it is about, on one line.")],
    body: Annotated[str, typer.Option("-m", "--message", metavar="BODY", help="The text.")] = "",
    file: Annotated[
        str, typer.Option("-F", "--file", metavar="FILE", help="Read the text from there; - is stdin.")
    ] = "",
    attach: Annotated[list[str], typer.Option(metavar="FILE", help="A file to go with it; may be repeated.")] = NONE,
    kind: Annotated[str, typer.Option("--type", metavar="T", help="What sort of message it is, a word.")] = "note",
    topic: Annotated[str, typer.Option(metavar="T", help="Words separated by dots: project.web.tasks.")] = "",
    priority: Annotated[str, typer.Option(metavar="P", help="low, normal, high or urgent.")] = "normal",
    reply_to: Annotated[str, typer.Option(metavar="ID", help="The message that this one answers.")] = "",
    ttl: Annotated[str, typer.Option(metavar="D", help="Expires after this time: 90s, 30m, 2h, 1d.")] = "",
    ack: Annotated[bool, typer.Option("--ack", help="Ask for an acknowledgement.")] = False,
) -> None:
    """Send a message."""
    this: Invocation = context.obj
    message.check_priority(priority)
    if body and file:
        raise Usage("-m and -F exclude each other")
    lasting = duration.parse(ttl) if ttl else 0
    base = Path(this.directory or ".")
    letter = message.Letter(subject, _read(base, file) if file else body, kind, topic, priority, lasting, ack)
    workspace = this.call.workspace
    files = tuple(base / one for one in attach)
    record = send.send(workspace, this.call.me(), to, letter, reply_to=reply_to, paths=files)
    if priority == "urgent":
        this.call.hurry()
    this.call.warn_if_unheard()
    this.answer(record, [] if this.quiet else view.sent(record, this.clock.now()))


def _read(base: Path, name: str) -> str:
    most = message.LONGEST_BODY + 1  # enough to see that it is too long
    try:
        if name == "-":
            content = sys.stdin.buffer.read(most)
        else:
            with (base / name).open("rb") as file:
                content = file.read(most)
    except OSError as error:
        raise Usage(f"cannot read {name}: {error.strerror}") from error
    return content.decode("utf-8", "surrogateescape")
