"""`git coord uninit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.commands import init

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    purge: Annotated[bool, typer.Option("--purge", help="Also refs, notes and everything recorded.")] = False,
) -> None:
    """Take hooks and settings out again."""
    this: Invocation = context.obj
    record = init.uninit(this.place, purge=purge)
    lines = [*record.done, *(f"kept: {text}" for text in record.kept)] or ["there was nothing to take out"]
    this.answer(record, [] if this.quiet else [*lines, *(f"hint: {text}" for text in record.hints)])
