"""`git coord help`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import click
import typer

from gitcoord.errors import Usage
from gitcoord.interfaces.cli.commands import ALIASES, COMMANDS, FIRST

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="Which one.")] = "",
    everything: Annotated[bool, typer.Option("-a", "--all", help="All commands.")] = False,
) -> None:
    """Explain a command, or list all of them."""
    from gitcoord.interfaces.cli.main import load, overview

    this: Invocation = context.obj
    name = ALIASES.get(command, command)
    if not name:
        told = overview(tuple(COMMANDS) if everything else FIRST)
    elif name in COMMANDS:
        inner = load(name)
        told = inner.get_help(click.Context(inner, info_name=f"git coord {name}"))
    else:
        raise Usage(f"there is no command {command!r}", "see them all with: git coord help -a")
    this.answer({"help": told}, [told.rstrip("\n")])
