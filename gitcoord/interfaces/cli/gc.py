"""`git coord gc`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 - typer reads the annotations

from gitcoord.domain.setup import gc
from gitcoord.domain.wording import plural

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(context: typer.Context) -> None:
    """Clean up."""
    this: Invocation = context.obj
    record = gc.collect(this.call.workspace, this.call.me())
    said = [
        f"ended {plural(len(record.retired), 'session')} that crashed more than a day ago, "
        f"dropped {plural(record.refs, 'ref')} and {plural(record.files, 'file')} of sessions that are over"
    ]
    this.answer(record, [] if this.quiet else said)
