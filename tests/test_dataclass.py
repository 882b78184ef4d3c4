"""Our dataclasses are those of the standard library, as far as they go."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from pathlib import Path
from typing import Any

import pytest

import gitcoord
from gitcoord import dataclass as ours

PACKAGE = Path(gitcoord.__file__).parent


def made(module: Any) -> tuple[Any, Any, Any]:
    """A frozen dataclass, one that inherits from it, and one that can be changed, made by a module."""

    @module.dataclass(frozen=True, slots=True)
    class Base:
        """A thing."""

        name: str
        size: int = 0
        parts: list[str] = module.field(default_factory=list)
        secret: str = module.field(default="", repr=False)

        @property
        def label(self) -> str:
            """The name and the size."""
            return f"{self.name} {self.size}"

    @module.dataclass(frozen=True, slots=True)
    class Derived(Base):
        """A thing with more."""

        more: tuple[int, ...] = ()

        def __repr__(self) -> str:
            return f"<{self.name}>"

    @module.dataclass(slots=True)
    class Open:
        """A thing that can be changed."""

        name: str
        inner: Any = None
        label: str = module.field(init=False)

        def __post_init__(self) -> None:
            self.label = self.name.upper()

    return Base, Derived, Open


@pytest.fixture(params=[dataclasses, ours], ids=["standard", "ours"])
def module(request: pytest.FixtureRequest) -> Any:
    """The standard library, and ours."""
    return request.param


def test_values_are_made_compared_and_shown(module: Any) -> None:
    """By position or name, with defaults made anew; equal where all fields are, and of the same class."""
    base, derived, changeable = made(module)
    one, same, other = base("a", 1), base(name="a", size=1), base("a", 2)
    assert (one == same, one == other, one == derived("a", 1), one == "a") == (True, False, False, False)
    assert one.parts is not same.parts
    assert repr(one).endswith(".Base(name='a', size=1, parts=[])")
    assert (repr(derived("a", more=(1,))), derived("a", more=(1,)).more, derived("a").label) == ("<a>", (1,), "a 0")
    assert [type(one).__name__, type(one).__doc__, type(one).__match_args__[:2]] == [
        "Base",
        "A thing.",
        ("name", "size"),
    ]
    open_one = changeable("a")
    open_one.name = "b"
    assert (open_one.label, open_one == changeable("b"), changeable("b", 1).label) == ("A", False, "B")
    assert changeable("a") == changeable("a")
    for wrong in ({}, {"name": "a", "nothing": 1}):
        with pytest.raises(TypeError):
            base(**wrong)


def test_what_is_frozen_stays_as_it_is(module: Any) -> None:
    """It can be a key; nothing of it can be set, deleted or added; what can be changed is no key."""
    base, derived, changeable = made(module)
    frozen = base("a", 1, parts=())
    assert {frozen: 1}[base("a", 1, parts=())] == 1
    assert hash(frozen) != hash(base("b", 1, parts=()))
    with pytest.raises(AttributeError):
        frozen.name = "b"
    with pytest.raises(AttributeError):
        del frozen.name
    with pytest.raises((AttributeError, TypeError)):
        derived("a").nothing = 1
    with pytest.raises(AttributeError):
        changeable("a").nothing = 1
    with pytest.raises(TypeError):
        hash(changeable("a"))


def test_fields_copies_and_dictionaries(module: Any) -> None:
    """What is asked of a dataclass from outside."""
    base, derived, changeable = made(module)
    assert [field.name for field in module.fields(derived("a"))] == ["name", "size", "parts", "secret", "more"]
    name, size, parts, *_ = module.fields(base)
    assert (name.default is module.MISSING, size.default, parts.default_factory) == (True, 0, list)
    assert name.type == "str"
    assert module.replace(derived("a", 1, more=(2,)), size=3) == derived("a", 3, more=(2,))
    assert module.replace(changeable("a"), name="b") == changeable("b")
    with pytest.raises(TypeError):
        module.replace(base("a"), nothing=1)
    assert module.asdict(changeable("a", [base("b"), {"c": (base("d"),)}])) == {
        "name": "a",
        "label": "A",
        "inner": [
            {"name": "b", "size": 0, "parts": [], "secret": ""},
            {"c": ({"name": "d", "size": 0, "parts": [], "secret": ""},)},
        ],
    }
    assert (module.is_dataclass(base), module.is_dataclass(base("a")), module.is_dataclass("a")) == (True, True, False)
    with pytest.raises(TypeError):
        module.fields("a")


def test_all_of_the_package_could_be_of_the_standard_library() -> None:
    """Each of our dataclasses takes what the standard library would let it take, in that order, with those defaults."""
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in PACKAGE.rglob("*.py")]
    seen = 0
    for name in names:
        if name.endswith("__main__"):
            continue
        for found in vars(importlib.import_module(name)).values():
            if not inspect.isclass(found) or found.__module__ != name or "__fields__" not in vars(found):
                continue
            seen += 1
            assert list(inspect.signature(found).parameters) == taken_by_the_standard(found)
    assert seen > 200


def taken_by_the_standard(found: Any) -> list[str]:
    """What a dataclass of the standard library with the same fields takes. Raises `TypeError` where it could not be."""
    body: dict[str, Any] = {}
    annotations = []
    for field in ours.fields(found):
        made: Any = {"default": field.default, "default_factory": field.default_factory, "init": field.init}
        said = {key: value for key, value in made.items() if value is not ours.MISSING}
        body[field.name] = dataclasses.field(**said)
        annotations.append((field.name, field.type))
    return list(inspect.signature(dataclasses.make_dataclass(found.__name__, annotations, namespace=body)).parameters)
