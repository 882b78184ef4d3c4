"""`git coord rules`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.commands import rules

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="require-claim, person or max-files.")] = "",
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")] = "",
) -> None:
    """Show or set the rules that hold for everybody."""
    this: Invocation = context.obj
    if not value:
        this.look()
    record = rules.change(this.workspace, this.me(), key, value) if value else rules.show(this.workspace, key)
    if unsure := this.unconfirmed(confirmed=record.confirmed):
        this.warnings.append(f"{', '.join(record.rules)}{unsure}")  # not among the lines: they are read by programs
    lines = [f"{name} = {item if isinstance(item, str) else json.dumps(item)}" for name, item in record.rules.items()]
    this.answer(record, [] if this.quiet and value else lines)
