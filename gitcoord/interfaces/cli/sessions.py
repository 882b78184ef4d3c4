"""`git coord sessions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.board import look
from gitcoord.errors import Usage
from gitcoord.interfaces.cli import listings

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

STATUSES = ("active", "idle", "gone", "ended")


def run(
    context: typer.Context,
    everybody: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    can: Annotated[str, typer.Option(metavar="CAP", help="Only those that have this capability.")] = "",
    status: Annotated[str, typer.Option(metavar="STATUS", help="Only active, idle, gone or ended ones.")] = "",
) -> None:
    """List sessions."""
    this: Invocation = context.obj
    if status and status not in STATUSES:
        raise Usage(f"{status!r} is not a status", f"it is {', '.join(STATUSES)}")
    this.call.look()
    me = this.call.reader()
    record = look.sessions(this.call.workspace, ended=everybody, capability=can, status=status)
    this.answer(record, listings.sessions(record.sessions, this.clock.now(), me.id if me else ""))
