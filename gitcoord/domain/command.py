"""A command: one thing that can be asked. Command line, MCP, HTTP and the tables of the reference are made from it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_type_hints

from gitcoord.dataclass import MISSING
from gitcoord.dataclass import fields as fields_of
from gitcoord.domain.outcome import DONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gitcoord.domain.call import Call
    from gitcoord.domain.outcome import Outcome


class Summary(NamedTuple):
    """What a list of commands says of one, without loading it: what it does, and examples, as behind `git coord`.

    `module` is the module of the noun's folder whose `COMMANDS` has it: what is called often stands where little else
    is loaded with it.
    """

    text: str
    examples: tuple[str, ...]
    module: str = "commands"


class Argument(NamedTuple):
    """A field of a request that is given by its place. Of type `list[str]` it takes all that are left."""

    metavar: str
    help: str


class Option(NamedTuple):
    """A field of a request that is given by name. A `bool` is a flag, a `list[str]` may be given several times.

    Without `names` it is called like the field. `least` and `most` bound a number. `terminal`: it says how a terminal
    shows the answer, and programs are not offered it.
    """

    names: tuple[str, ...]
    metavar: str
    help: str
    least: int | None = None
    most: int | None = None
    terminal: bool = False


class Rest(NamedTuple):
    """The field of a request that takes all words behind `--` as they are: a command to run, a `list[str]`."""

    metavar: str
    help: str


REQUIRED: Any = MISSING
"""The default of a field that has to be given."""


class Field(NamedTuple):
    """A field of a request: `str`, `bool`, `int`, `list[str]`, or one of them or None; what it is; and its default."""

    name: str
    kind: Any
    about: Argument | Option | Rest
    default: Any


def fields(request: type[Any]) -> list[Field]:
    """Return the fields of a request, as its annotations say them."""
    hints = get_type_hints(request, include_extras=True)
    found = []
    for field in fields_of(request):
        hint, made = hints[field.name], field.default_factory
        default = field.default if made is MISSING else made()
        found.append(Field(field.name, hint.__origin__, hint.__metadata__[0], default))
    return found


def option(
    *names: str,
    help: str,
    metavar: str = "",
    least: int | None = None,
    most: int | None = None,
    terminal: bool = False,
) -> Option:
    """Describe an option."""
    return Option(names, metavar, help, least, most, terminal)


def nothing(_: Call, __: Any) -> Iterable[str]:
    """Return no lines."""
    return ()


def done(_: Call, __: Any) -> Outcome:
    """Return the outcome of what went well."""
    return DONE


class Late:
    """A function that runs a command, and is loaded when it does: what shows one line need not load the whole board."""

    __slots__ = ("_module", "_name")

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, call: Call, request: Any) -> Any:
        """Run the command."""
        return self.__wrapped__(call, request)

    @property
    def __wrapped__(self) -> Any:
        """The function."""
        return getattr(importlib.import_module(self._module), self._name)


class Command(NamedTuple):
    """A command.

    `name` is what is typed behind `git coord`. `request` is a frozen dataclass: each field an `Annotated` type that
    says once what it is; its docstring explains the command. `run` answers with a record whose fields are the fields
    of the JSON, or raises `CoordError`. `lines` shows the answer to people; `quiet` what is left of it under `-q`.
    `outcome` says how the answer ends, where that is not always well. Where `lines` and `quiet` depend on
    what was asked, or on the session that asked, they look at `call.request` and `call.asker`. What has to last until
    the answer was shown, or to be done after that, `run` enters in `call.until_shown`.

    `does`: 'reads' (changes nothing), 'records' (adds something that can be taken back) or 'destroys'.
    """

    name: str
    request: type[Any]
    run: Callable[[Call, Any], Any]
    lines: Callable[[Call, Any], Iterable[str]]
    quiet: Callable[[Call, Any], Iterable[str]] = nothing
    does: Literal["reads", "records", "destroys"] = "records"
    outcome: Callable[[Call, Any], Outcome] = done
