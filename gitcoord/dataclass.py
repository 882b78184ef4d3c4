"""Dataclasses as far as this program uses them, made in a sixth of the time that the standard library takes.

Each of our commands waits until some fifty dataclasses are made. The standard library writes six functions for each and
has them compiled, half a millisecond, and loads the inspection of source code. Here one function is written, the one
that runs most, and the others are the same for all. Whoever checks types sees the standard library.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FIELDS = "__fields__"


class _Missing:
    """What a field has for a default that has none."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


_MISSING = _Missing()


class _Field:
    """A field: its name, its annotation as it is written, and how it gets a value that is not given."""

    __slots__ = ("default", "default_factory", "init", "name", "repr", "type")

    def __init__(self, default: Any, default_factory: Any, *, init: bool, repr: bool) -> None:
        self.name = self.type = ""
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr


def _field(*, default: Any = _MISSING, default_factory: Any = _MISSING, init: bool = True, repr: bool = True) -> Any:
    """Describe a field: its default, or what makes one; with `init` it can be given, with `repr` it is shown."""
    return _Field(default, default_factory, init=init, repr=repr)


def _dataclass(*, slots: bool, frozen: bool = False) -> Callable[[type[Any]], type[Any]]:
    """Make a class a dataclass with slots, which are all that there is here; with `frozen` it cannot be changed."""
    assert slots
    return lambda cls: _made(cls, frozen)


def _is_dataclass(value: Any) -> bool:
    """Whether something is a dataclass, or a value of one."""
    return hasattr(value, _FIELDS)


def _fields(value: Any) -> tuple[_Field, ...]:
    """Return the fields of a dataclass, or of a value of one. Raises `TypeError` for anything else."""
    if not _is_dataclass(value):
        raise TypeError(f"{value!r} is not of a dataclass")
    return tuple(getattr(value, _FIELDS).values())


def _asdict(value: Any) -> Any:
    """Return a value as dictionaries and lists, down to what is of no dataclass."""
    if _is_dataclass(value):
        return {field.name: _asdict(getattr(value, field.name)) for field in _fields(value)}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_asdict, value))
    if isinstance(value, dict):
        return {key: _asdict(inner) for key, inner in value.items()}
    return value


def _replace(value: Any, /, **changes: Any) -> Any:
    """Return a copy with some fields changed."""
    for field in _fields(value):
        if field.init:
            changes.setdefault(field.name, getattr(value, field.name))
    return type(value)(**changes)


def _made(cls: type[Any], frozen: bool) -> type[Any]:
    """Return the dataclass that a class describes."""
    fields: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        fields |= getattr(base, _FIELDS, {})
    body = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    own = body.get("__annotations__", {})
    for name, annotation in own.items():
        given = body.pop(name, _MISSING)
        field = given if isinstance(given, _Field) else _field(default=given)
        field.name, field.type = name, annotation
        fields[name] = field
    body |= {_FIELDS: fields, "__slots__": tuple(own), "__match_args__": tuple(fields)}
    methods = _methods(fields, frozen=frozen, after=hasattr(cls, "__post_init__"))
    metaclass: Any = type(cls)
    made: type[Any] = metaclass(cls.__name__, cls.__bases__, methods | body)
    made.__qualname__ = cls.__qualname__
    return made


def _methods(fields: dict[str, _Field], *, frozen: bool, after: bool) -> dict[str, Any]:
    """Return what every dataclass can: be made and compared, and be hashed where it cannot be changed."""
    values: Callable[[Any], Any] = attrgetter(*fields) if fields else lambda _: ()

    def __eq__(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: object) -> int:
        return hash(values(self))

    init = _init(fields.values(), frozen=frozen, after=after)
    found = {"__init__": init, "__repr__": _repr, "__eq__": __eq__, "__hash__": None}
    if frozen:
        found |= {"__hash__": __hash__, "__setattr__": _refuse_change, "__delattr__": _refuse_change}
    return found


def _init(fields: Iterable[_Field], *, frozen: bool, after: bool) -> Any:
    """Return the function that gives a new value its fields; `after` it, the value may complete itself."""
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": _MISSING}
    takes, sets = [], []
    for field in fields:
        name = value = field.name
        if not field.init:
            continue
        if field.default_factory is not _MISSING:
            known[f"_make_{name}"] = field.default_factory
            takes.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif field.default is not _MISSING:
            known[f"_default_{name}"] = field.default
            takes.append(f"{name}=_default_{name}")
        else:
            takes.append(name)
        sets.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    does = "\n  ".join([*sets, "self.__post_init__()" if after else "pass"])
    exec(f"def __init__({', '.join(('self', *takes))}):\n  {does}", known)
    return known["__init__"]


def _repr(self: Any) -> str:
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in _fields(self) if field.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_change(self: Any, name: str, *_: Any) -> None:
    raise AttributeError(f"{type(self).__qualname__} cannot be changed: {name}")


if TYPE_CHECKING:
    from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
else:
    MISSING, dataclass, field, fields = _MISSING, _dataclass, _field, _fields
    asdict, is_dataclass, replace = _asdict, _is_dataclass, _replace

__all__ = ["MISSING", "asdict", "dataclass", "field", "fields", "is_dataclass", "replace"]
