"""The records of requests and answers as JSON Schema, from the dataclasses themselves."""

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
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
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


def schema(kind: Any, known: dict[str, Schema]) -> Schema:
    """Return the schema of a type; records stand once in `known`, and are referred to."""
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return schema(inner[0], known)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema(each, known) for each in inner]}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(inner[1], known)}
    if is_list(kind):
        return {"type": "array", "items": schema(inner[0], known)}
    if isinstance(kind, type) and is_dataclass(kind):
        return {"$ref": f"#/components/schemas/{_known(kind, known)}"}
    if isinstance(kind, type) and issubclass(kind, str | int):
        return dict(_PLAIN[str if issubclass(kind, str) else int])
    return {}


def is_list(kind: Any) -> bool:
    """Whether a type is a list in JSON."""
    origin = get_origin(kind)
    return (isinstance(origin, type) and issubclass(origin, list | tuple | types.GeneratorType)) or (
        getattr(origin, "__name__", "") in ("Iterator", "Iterable", "Sequence")
    )


def _known(record: type[Any], known: dict[str, Schema]) -> str:
    name = f"{record.__module__.removeprefix('gitcoord.')}.{record.__name__}"
    if name not in known:
        known[name] = {}  # a record may hold itself
        known[name] = {"type": "object"} if hasattr(record, "as_json") else fields_schema(record, known)
    return name


def fields_schema(record: type[Any], known: dict[str, Schema]) -> Schema:
    """Return the schema of an object with the fields of a record."""
    return {"type": "object", "properties": {name: schema(kind, known) for name, kind in types_of(record).items()}}


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
    plain = {field: of for field, of in types_of(item).items() if of in (str, bool) or of == int | None or of is int}
    return name, plain
