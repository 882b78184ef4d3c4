"""`git coord help`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import click
import typer

from gitcoord.errors import Usage
from gitcoord.interfaces.cli.commands import FIRST, WORDS

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="Which one.")] = NONE,
    everything: Annotated[bool, typer.Option("-a", "--all", help="All commands.")] = False,
) -> None:
    """Explain a command, or list all of them."""
    from gitcoord.interfaces.cli.main import find, overview

    this: Invocation = context.obj
    name = " ".join(command)
    if not name:
        told = overview(WORDS if everything else FIRST)
    else:
        inner = find(command)
        if inner is None:
            raise Usage(f"there is no command {name!r}", "see them all with: git coord help -a")
        told = inner.get_help(click.Context(inner, info_name=f"git coord {name}"))
    this.answer({"help": told}, [told.rstrip("\n")])
