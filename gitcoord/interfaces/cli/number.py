"""`git coord number`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.commands import number

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the numbers are for: migrations, ...")],
    at_least: Annotated[int, typer.Option("--from", metavar="N", min=1, help="Start no lower than this.")] = 1,
) -> None:
    """Take a number that nobody else was or will be given."""
    this: Invocation = context.obj
    record = number.take(this.workspace, this.me(), name, at_least)
    if unsure := this.unconfirmed(confirmed=record.confirmed):
        this.warnings.append(f"{record.number}{unsure}: it may become another number")
    this.answer(record, [str(record.number)])
