"""A workflow as somebody wrote it: JSON, or YAML where PyYAML is installed; and templates to begin with."""

from __future__ import annotations

import json
from typing import Any

from gitcoord.dataclass import dataclass, field
from gitcoord.errors.usage import AtMost, Circular, NotInstalled, NotParsed, TwoAlike, UnknownField, WrongField
from gitcoord.errors.workflow import NeedsNoStage, NoStages
from gitcoord.policy import limits
from gitcoord.policy.printable import printable

MOST = 256 << 10
"""Bytes of a file."""

_TEXTS = ("name", "title", "instruction", "who", "on_complete", "timeout")
_LISTS = ("needs", "scopes")


@dataclass(frozen=True, slots=True)
class Written:
    """A stage as it is written. `needs` are names of other stages; `who` is an address, '' or `new` for anybody."""

    name: str
    title: str
    instruction: str = ""
    who: str = ""
    on_complete: str = "handoff"
    timeout: str = ""
    needs: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A workflow as it is written, its stages in an order in which each stands behind those that it needs."""

    title: str
    stages: list[Written] = field(default_factory=list)


def parse(text: str, name: str) -> Plan:
    """Return the workflow of a file of this name. Raises `Usage`, which says what is wrong in it."""
    text = text.removeprefix("\ufeff")  # a byte order mark, which some editors write
    value = _yaml(text) if name.endswith((".yaml", ".yml")) else _json(text)
    if not isinstance(value, dict) or not isinstance(value.get("stages"), list) or not value["stages"]:
        raise NoStages()
    unknown = set(map(str, value)) - {"title", "stages"}
    if unknown:
        raise UnknownField("a workflow", printable(min(unknown)), ("title", "stages"))
    stages = [_stage(item, at) for at, item in enumerate(value["stages"], 1)]
    title = value.get("title", stages[-1].title)
    if type(title) is not str or not title.strip():
        raise WrongField("the title of a workflow", "a text")
    if len(stages) > limits.STAGES:
        raise AtMost("a workflow", limits.STAGES, "stages")
    return Plan(title, _in_order(stages))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotParsed("the workflow", "JSON", error, "a name that ends in .yaml is read as YAML") from error


def _yaml(text: str) -> Any:
    try:
        import yaml  # type: ignore[import-untyped]  # it comes without types
    except ImportError as error:
        raise NotInstalled(
            "a workflow in YAML", "PyYAML", "pip install 'gitcoord[yaml]', or write the workflow as JSON"
        ) from error
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise NotParsed("the workflow", "YAML", printable(str(error))[:200]) from error


def _stage(item: Any, at: int) -> Written:
    if not isinstance(item, dict):
        raise WrongField(f"stage {at}", "an object with a name and a title")
    given: dict[str, Any] = {}
    for key, value in item.items():
        word = str(key)
        if word in _TEXTS and type(value) is str:
            given[word] = value
        elif word in _LISTS and isinstance(value, list) and all(type(one) is str for one in value):
            given[word] = tuple(value)
        elif word in (*_TEXTS, *_LISTS):
            raise WrongField(f"{word} of stage {at}", "a text" if word in _TEXTS else "a list of texts")
        else:
            raise UnknownField(f"stage {at}", printable(word), (*_TEXTS, *_LISTS))
    given.setdefault("name", f"stage-{at}")
    given.setdefault("title", given["name"])
    return Written(**given)


def _in_order(stages: list[Written]) -> list[Written]:
    """Return the stages, each behind those that it needs. Raises `Usage` for one that is missing, and for a circle."""
    names = [stage.name for stage in stages]
    for stage in stages:
        if names.count(stage.name) > 1:
            raise TwoAlike("stages", printable(stage.name))
        for need in stage.needs:
            if need not in names:
                raise NeedsNoStage(printable(stage.name), printable(need))
    found: list[Written] = []
    done: set[str] = set()
    while len(found) < len(stages):
        ready = next((one for one in stages if one.name not in done and done.issuperset(one.needs)), None)
        if ready is None:
            raise Circular("stages", [printable(name) for name in names if name not in done])
        found.append(ready)
        done.add(ready.name)
    return found


TEMPLATES: dict[str, dict[str, Any]] = {
    "implement-review-test": {
        "title": "Implement, review, test",
        "stages": [
            {"name": "implement", "title": "Implement it", "instruction": "Say here what is to be done.", "who": "new"},
            {"name": "review", "title": "Review it", "needs": ["implement"], "who": "role:reviewer"},
            {
                "name": "test",
                "title": "Test it",
                "needs": ["review"],
                "who": "role:tester",
                "on_complete": "notify",
                "timeout": "2h",
            },
        ],
    },
    "parallel": {
        "title": "Two parts, put together",
        "stages": [
            {"name": "one", "title": "The first part", "scopes": ["src/one/"], "on_complete": "merge"},
            {"name": "two", "title": "The second part", "scopes": ["src/two/"], "on_complete": "merge"},
            {
                "name": "integrate",
                "title": "Put the parts together",
                "needs": ["one", "two"],
                "who": "role:integrator",
                "on_complete": "notify",
            },
        ],
    },
}
"""Workflows to begin with."""
