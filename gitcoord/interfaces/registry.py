"""Every command that programs may ask, by name: what MCP and HTTP are made from."""

from __future__ import annotations

import inspect
import shlex
import sys
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_origin

import pydantic

from gitcoord.domain import NOUNS, registry
from gitcoord.domain.command import REQUIRED, Argument, Option, Rest, fields
from gitcoord.errors.usage import Missing, UnknownField
from gitcoord.errors.web import NotAsked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic import BaseModel

    from gitcoord.domain.command import Command

Schema = dict[str, Any]

HEAD: Schema = {
    "v": {"type": "integer"},
    "as_of": {"type": "string", "format": "date-time"},
    "hub": {"type": "string", "enum": ["ok", "offline", "none"]},
    "warnings": {"type": "array", "items": {"type": "string"}},
}
"""What every answer has (`interfaces.envelope`)."""


@cache
def commands() -> Mapping[str, Command]:
    """Return the commands of all nouns, found once. Those that run a program are for a terminal, and left out."""
    found: dict[str, Command] = {}
    for noun, has in NOUNS.items():
        if has.commands:
            found |= registry.commands(noun)
    return MappingProxyType({name: command for name, command in found.items() if not _runs_a_program(command)})


def _runs_a_program(command: Command) -> bool:
    return any(isinstance(field.about, Rest) for field in fields(command.request))


def summary(command: Command) -> str:
    """Return what a command is for, in one line."""
    return (command.request.__doc__ or "").partition("\n")[0]


@cache
def model_of(command: Command) -> type[BaseModel]:
    """Return the pydantic model of a command's request: types, bounds, descriptions, and no other fields; made once.

    Fields that say how a terminal shows the answer are left out.
    """
    said: dict[str, Any] = {}
    for name, kind, about, default in fields(command.request):
        if getattr(about, "terminal", False):
            continue
        bounds = {"ge": getattr(about, "least", None), "le": getattr(about, "most", None)}
        settings: dict[str, Any] = {"description": about.help}
        settings |= {bound: value for bound, value in bounds.items() if value is not None}
        if default is not REQUIRED:
            settings["default"] = default
        said[name] = (kind, pydantic.Field(**settings))
    return pydantic.create_model(
        command.request.__name__, __config__=pydantic.ConfigDict(extra="forbid", strict=True), **said
    )


def request_of(command: Command, arguments: Mapping[str, Any], untold: Collection[str] = ()) -> Any:
    """Return the request that these values make.

    Raises `Usage` for any that it cannot have, naming the fields that there are, but for those that are `untold`.
    """
    model = model_of(command)
    try:
        return command.request(**dict(model.model_validate(dict(arguments))))
    except pydantic.ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5]]
        known = [name for name in model.model_fields if name not in untold]
        raise NotAsked(command.name, wrong, known) from error


def of_step(step: str, known: Mapping[str, Command]) -> tuple[Command, dict[str, Any]] | None:
    """Return the command of a step of a remedy and the fields of its request; None where it is not one of these.

    Raises `Usage` for words that the command cannot have.
    """
    words = shlex.split(step)
    for count in range(len(words), 0, -1):
        command = known.get(" ".join(words[:count]))
        if command is not None:
            return command, _fields(command, words[count:])
    return None


def _fields(command: Command, words: list[str]) -> dict[str, Any]:
    """Return what the words behind a command's name say, by the fields of its request. Raises `Usage`."""
    said = {field.name: (field.kind, field.about) for field in fields(command.request)}
    places = [name for name, (_, about) in said.items() if isinstance(about, Argument)]
    given: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        name = next((name for name, (_, about) in said.items() if word in _names(name, about)), "")
        if word == "--":
            continue
        if not name and not word.startswith("-") and places:
            name = places[0] if get_origin(said[places[0]][0]) is list else places.pop(0)
            left.insert(0, word)
        if not name:
            raise UnknownField(command.name, word, said)
        kind = said[name][0]
        if kind is not bool and not left:
            raise Missing(f"{word} of {command.name}", "a value")
        if get_origin(kind) is list:
            given.setdefault(name, []).append(left.pop(0))
        else:
            given[name] = True if kind is bool else int(left.pop(0)) if kind is int else left.pop(0)
    return given


def _names(field: str, about: object) -> tuple[str, ...]:
    """Return how an option is typed; nothing for what is given by its place."""
    if not isinstance(about, Option):
        return ()
    return about.names or (f"--{field.replace('_', '-')}",)


def request_schema(command: Command) -> Schema:
    """Return the JSON Schema of a command's request, without what says nothing to its readers."""
    schema = model_of(command).model_json_schema()
    properties = {name: _plain(found) for name, found in schema.get("properties", {}).items()}
    return {"properties": properties, "required": schema.get("required", [])}


def _plain(schema: Schema) -> Schema:
    """Leave out titles, defaults that are empty, and that a value may be null."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    kept = {key: value for key, value in schema.items() if key not in ("title", "anyOf")}
    if kept.get("default", True) in ("", None, False, 0, []):
        del kept["default"]
    return kept | (choices[0] if choices else {})


def answer_of(command: Command) -> type[Any]:
    """Return the record that a command answers with, as the function that runs it says."""
    run = inspect.unwrap(command.run)
    answer: type[Any] = eval(run.__annotations__["return"], vars(sys.modules[run.__module__]))
    return answer
