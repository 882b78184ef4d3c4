"""`git coord help`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

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
    schema: Annotated[bool, typer.Option("--schema", help="JSON Schemas of what it takes and answers.")] = False,
) -> None:
    """Explain a command, or list all of them."""
    from gitcoord.interfaces.cli.main import find, overview

    this: Invocation = context.obj
    name = " ".join(command)
    if schema:
        found = _schema(name)
        this.answer(found, [json.dumps(found, indent=2)])
        return
    if not name:
        told = overview(WORDS if everything else FIRST)
    else:
        inner = find(command)
        if inner is None:
            raise Usage(f"there is no command {name!r}", "see them all with: git coord help -a")
        told = inner.get_help(click.Context(inner, info_name=f"git coord {name}"))
    this.answer({"help": told}, [told.rstrip("\n")])


def _schema(name: str) -> dict[str, Any]:
    """Return the JSON Schemas of a command. Raises `Usage` where there is no such command, or it is for terminals."""
    from gitcoord.interfaces import registry

    known = registry.commands()
    if name not in known:
        said = f"there is no schema of {name!r}" if name else "--schema needs a command"
        raise Usage(said, f"there are: {', '.join(known)}")
    command = known[name]
    answer = registry.answer_schema(command)
    always = [field for field in answer if field != "reason"]  # left out where there is none
    return {
        "command": name,
        "does": command.does,
        "request": {"type": "object", **registry.request_schema(command)},
        "answer": {"type": "object", "properties": {**registry.HEAD, **answer}, "required": [*registry.HEAD, *always]},
    }
