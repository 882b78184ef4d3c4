"""What commands answer as JSON Schema, made from the records themselves: for `help --schema`, OpenAPI and MCP."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import types
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from gitcoord.dataclass import fields, is_dataclass
from gitcoord.domain.records import Written
from gitcoord.interfaces import registry
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from gitcoord.domain.command import Command
    from gitcoord.interfaces.registry import Schema

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    Moment: {"type": "string", "format": "date-time"},
    type(None): {"type": "null"},
    Written: {},
    Any: {},
}


@cache
def _names(module: str) -> dict[str, Any]:
    """Return what names mean in a module, those included that only type checkers see."""
    found = dict(vars(sys.modules[module]))
    for block in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if not (isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"):
            continue
        for line in block.body:
            if isinstance(line, ast.ImportFrom) and line.module:
                source = importlib.import_module(line.module)
                for name in line.names:
                    if not hasattr(source, name.name):
                        importlib.import_module(f"{line.module}.{name.name}")
                    found.setdefault(name.asname or name.name, getattr(source, name.name))
    return found


def types_of(record: type[Any]) -> dict[str, Any]:
    """Return the types of a record's fields, by name."""
    found = {}
    for field in fields(record):
        home = next(base for base in record.__mro__ if field.name in vars(base).get("__annotations__", {}))
        kind: Any = field.type
        found[field.name] = eval(kind, _names(home.__module__)) if isinstance(kind, str) else kind
    return found


class Schemas:
    """Schemas of types. A record stands once in `known`, by its name, and is referred to below `place`."""

    def __init__(self, place: str) -> None:
        self.known: dict[str, Schema] = {}
        self._place = place

    def of(self, kind: Any) -> Schema:
        """Return the schema of a type; nothing is said of one that may hold anything."""
        if kind in _PLAIN:
            return dict(_PLAIN[kind])
        origin, inner = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.of(inner[0])
        if origin is Literal:
            return {"enum": list(inner)}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.of(each) for each in inner]}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        if is_list(kind):
            return {"type": "array", "items": self.of(inner[0])}
        if isinstance(kind, type) and is_dataclass(kind):
            return {"$ref": f"{self._place}{self._name(kind)}"}
        if isinstance(kind, type) and issubclass(kind, str | int):
            return dict(_PLAIN[str if issubclass(kind, str) else int])
        return {}

    def record(self, record: type[Any]) -> Schema:
        """Return the schema of an object with the fields of a record, all of which are there."""
        if hasattr(record, "as_json"):
            return {"type": "object"}
        properties = {name: self.of(kind) for name, kind in types_of(record).items()}
        return {"type": "object", "properties": properties, "required": [*properties]}

    def _name(self, record: type[Any]) -> str:
        name = f"{record.__module__.removeprefix('gitcoord.')}.{record.__name__}"
        if name not in self.known:
            self.known[name] = {}  # a record may hold itself
            self.known[name] = self.record(record)
        return name


def answer(command: Command) -> Schema:
    """Return the schema of what a command answers, with the head that every answer has."""
    found = Schemas("#/$defs/")
    said = found.record(registry.answer_of(command))
    always = [name for name in said.get("required", ()) if name != "reason"]  # left out where there is none
    return {
        "type": "object",
        "properties": {**registry.HEAD, **said.get("properties", {})},
        "required": [*registry.HEAD, *always],
        **({"$defs": dict(sorted(found.known.items()))} if found.known else {}),
    }


def is_list(kind: Any) -> bool:
    """Whether a type is a list in JSON."""
    origin = get_origin(kind)
    return (isinstance(origin, type) and issubclass(origin, list | tuple | types.GeneratorType)) or (
        getattr(origin, "__name__", "") in ("Iterator", "Iterable", "Sequence")
    )


def listed(record: type[Any]) -> tuple[str, dict[str, Any]]:
    """Return the one list of an answer, and the plain fields of what it lists; '' where it has none, or several."""
    if hasattr(record, "as_json"):
        return "", {}
    lists = {name: kind for name, kind in types_of(record).items() if is_list(kind)}
    if len(lists) != 1:
        return "", {}
    ((name, kind),) = lists.items()
    item = get_args(kind)[0]
    if not is_dataclass(item) or not isinstance(item, type):
        return name, {}
    plain = {field: of for field, of in types_of(item).items() if of in (bool, int, int | None) or _is_text(of)}
    return name, plain


def _is_text(kind: Any) -> bool:
    """Whether a type is a text: ids are texts, too."""
    return isinstance(kind, type) and issubclass(kind, str)
