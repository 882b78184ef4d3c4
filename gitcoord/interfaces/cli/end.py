"""`git coord end`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.session import end, identity
from gitcoord.errors import NotFound
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    note: Annotated[str, typer.Option("-m", "--message", metavar="NOTE", help="What was done.")] = "",
) -> None:
    """End this session."""
    this: Invocation = context.obj
    workspace = this.call.workspace
    me = identity.find(workspace, workspace.ledger.state(), this.session, for_reading=False)
    if me is None:
        raise NotFound("there is no session to end", "name one with --session; see: git coord sessions")
    record = end.end(workspace, me, note)
    names = ", ".join(printable(item.scope) for item in record.released)
    unsure = this.call.unconfirmed(confirmed=record.confirmed)
    told = f"ended {printable(me.name)}" + (f", released {names}" if names else "") + unsure
    this.answer(record, [] if this.quiet else [told])
