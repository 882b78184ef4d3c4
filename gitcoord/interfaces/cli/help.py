"""`git coord help`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.command import Argument, option
from gitcoord.errors.cli import NoCommand, NoSchema
from gitcoord.interfaces.cli.commands import FIRST, WORDS, overview

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Request:
    """Explain a command, or list all of them."""

    command: Annotated[list[str], Argument("COMMAND", "Which one.")] = field(default_factory=list)
    everything: Annotated[bool, option("-a", "--all", help="All commands.")] = False
    schema: Annotated[bool, option("--schema", help="JSON Schemas of what it takes and answers.")] = False


def run(this: Invocation, request: Request) -> None:
    """Explain a command, or list all of them."""
    name = " ".join(request.command)
    if request.schema:
        import json

        found = _schema(name)
        this.answer(found, [json.dumps(found, indent=2)])
        return
    told = _explained(request.command) if name else overview(WORDS if request.everything else FIRST)
    this.answer({"help": told}, [told.rstrip("\n")])


def _explained(words: list[str]) -> str:
    """Return what typer says of a command. Raises `Usage` where there is none of this name."""
    import click

    from gitcoord.interfaces.cli.parser import find

    name, command = " ".join(words), find(words)
    if command is None:
        raise NoCommand(name)
    return command.get_help(click.Context(command, info_name=f"git coord {name}"))


def _schema(name: str) -> dict[str, Any]:
    """Return the JSON Schemas of a command. Raises `Usage` where there is no such command, or it is for terminals."""
    from gitcoord.interfaces import registry, schemas

    known = registry.commands()
    if name not in known:
        raise NoSchema(name, known)
    command = known[name]
    return {
        "command": name,
        "does": command.does,
        "request": {"type": "object", **registry.request_schema(command)},
        "answer": schemas.answer(command),
    }
