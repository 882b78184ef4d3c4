"""Read and set the rules that hold for everybody."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.domain.command import Argument, Command
from gitcoord.domain.rules import record
from gitcoord.domain.wording import provisional
from gitcoord.errors import Refused, Usage
from gitcoord.ledger.event import Draft
from gitcoord.ledger.fold import META

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Change:
    """Show or set the rules that hold for everybody."""

    key: Annotated[str, Argument("KEY", "require-claim, person or max-files.")] = ""
    value: Annotated[str, Argument("VALUE", "Its new value.")] = ""


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules in force, each under its name; `confirmed` where the hub knows the same."""

    rules: dict[str, Any]
    confirmed: bool


class Changed(InForce):
    """The rule that was just set."""


def run(call: Call, request: Change) -> InForce:
    """Show all rules, or one, or set it. Raises `Usage` for a rule or a value that there is not."""
    if request.key:
        _known(request.key)
    if not request.value:
        call.look()
    answer = _change(call, request.key, request.value) if request.value else _show(call, request.key)
    if unsure := provisional(confirmed=answer.confirmed):
        call.warnings.append(f"{', '.join(answer.rules)}{unsure}")  # not a line: those are read by programs
    return answer


def _show(call: Call, key: str) -> InForce:
    values = _chosen(call.state, key)
    agreed = call.workspace.agreement.confirmed()
    # Before the first contact nobody knows what the hub's rules are.
    confirmed = agreed is None or (agreed.json(META) is not None and _chosen(agreed, key) == values)
    return InForce(values, confirmed)


def _change(call: Call, key: str, text: str) -> Changed:
    value = _value(key, text)
    done = call.workspace.record(call.me().id, Draft("rules", f"rule {key} = {text}", {"key": key, "value": value}))
    verdict = done.outcomes[0].verdict
    if verdict is not None and not verdict.accepted:
        raise Refused(f"the rule was not changed: {verdict.reason}")
    return Changed(_chosen(done.state, key), done.confirmed)


def _lines(_: Call, answer: InForce) -> Iterator[str]:
    for name, value in answer.rules.items():
        yield f"{name} = {value if isinstance(value, str) else json.dumps(value)}"


def _chosen(state: State, key: str) -> dict[str, Any]:
    """Return one rule with its value, or all where `key` is empty."""
    values = record.read(state).to_json()
    return {key: values[key]} if key else values


def _known(key: str) -> None:
    if key not in record.KEYS:
        raise Usage(f"there is no rule {key!r}", f"the rules are {', '.join(record.KEYS)}")


def _value(key: str, text: str) -> bool | str | int:
    if key == "require-claim" and text in ("true", "false"):
        return text == "true"
    if key == "person" and text in ("refuse", "warn"):
        return text
    if key == "max-files" and text.isascii() and text.isdigit() and 0 < int(text) < 10**9:
        return int(text)
    allowed = {
        "require-claim": "true or false",
        "person": "refuse or warn",
        "max-files": "a number from 1 up",
    }
    raise Usage(f"{key} cannot be {text!r}", f"it is {allowed[key]}")


def _quiet(call: Call, answer: InForce) -> Iterator[str]:
    if not isinstance(answer, Changed):
        yield from _lines(call, answer)


COMMANDS = (Command("rules", Change, run, _lines, quiet=_quiet),)
