"""`git coord ack`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.message import inbox
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    message: Annotated[str, typer.Argument(metavar="ID", help="The message, or the beginning of its id.")],
    words: Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="What to say to it.")] = "",
) -> None:
    """Acknowledge a message."""
    this: Invocation = context.obj
    record = inbox.acknowledge(this.call.workspace, this.call.me(), message, words)
    this.call.warn_if_unheard()
    this.answer(record, [] if this.quiet else [f"acknowledged {record.acknowledged[:8]} to {printable(record.to)}"])
