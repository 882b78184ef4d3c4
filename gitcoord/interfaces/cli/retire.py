"""`git coord retire`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.session import retire
from gitcoord.errors import Usage

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    sessions: Annotated[list[str], typer.Argument(metavar="ID...", help="Whom to end.")] = NONE,
    gone: Annotated[bool, typer.Option("--gone", help="Everybody who is gone.")] = False,
) -> None:
    """End crashed sessions, on the evidence that they are gone."""
    this: Invocation = context.obj
    if bool(sessions) == gone:
        raise Usage("say whom: ids, or --gone")
    record = retire.retire(this.call.workspace, this.call.me(), tuple(sessions), every_gone=gone)
    unsure = this.call.unconfirmed(confirmed=record.confirmed)
    lines = [f"retired {name}{unsure}" for name in record.retired] or ["nobody is gone"]
    this.answer(record, [] if this.quiet else lines)
