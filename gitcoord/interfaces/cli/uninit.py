"""`git coord uninit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.errors import CoordError
from gitcoord.setup import init

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    purge: Annotated[bool, typer.Option("--purge", help="Also refs, notes and everything recorded.")] = False,
) -> None:
    """Remove hooks and settings again."""
    this: Invocation = context.obj
    record = init.uninit(this.call.place, purge=purge, leave=lambda: _leave_hub(this))
    lines = [*record.done, *(f"kept: {text}" for text in record.kept)] or ["there was nothing to take out"]
    this.answer(record, [] if this.quiet else [*lines, *(f"hint: {text}" for text in record.hints)])


def _leave_hub(this: Invocation) -> list[str]:
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.join import leave

    try:
        agreement = this.call.workspace.agreement
        done = [leave(agreement)] if isinstance(agreement, Agreement) else []
        this.call.workspace.ledger.store.close()
    except CoordError as error:
        done = [f"the hub was left as it is: {error.message}"]
    this.call.forget_workspace()
    return done
