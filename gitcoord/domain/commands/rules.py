"""Read and set the rules that hold for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gitcoord.domain import rules
from gitcoord.errors import Refused, Usage
from gitcoord.ledger.event import Draft
from gitcoord.ledger.fold import META

if TYPE_CHECKING:
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules in force, each under its name; `confirmed` where the hub knows the same."""

    rules: dict[str, Any]
    confirmed: bool


def show(workspace: Workspace, key: str = "") -> InForce:
    """All rules, or one. Raises `Usage` where there is no such rule."""
    if key:
        _known(key)
    values = _chosen(workspace.ledger.state(), key)
    agreed = workspace.agreement.confirmed()
    # Before the first contact nobody knows what the hub's rules are.
    confirmed = agreed is None or (agreed.json(META) is not None and _chosen(agreed, key) == values)
    return InForce(values, confirmed)


def change(workspace: Workspace, me: Session, key: str, text: str) -> InForce:
    """Set a rule for everybody. Raises `Usage` for a value that it cannot have."""
    _known(key)
    value = _value(key, text)
    draft = Draft("rules", f"rule {key} = {text}", {"key": key, "value": value})
    done = workspace.record(me.id, draft)
    verdict = done.outcomes[0].verdict
    if verdict is not None and not verdict.accepted:
        raise Refused(f"the rule was not changed: {verdict.reason}")
    return InForce(_chosen(done.state, key), done.confirmed)


def _chosen(state: State, key: str) -> dict[str, Any]:
    """Return one rule with its value, or all where `key` is empty."""
    values = rules.read(state).to_json()
    return {key: values[key]} if key else values


def _known(key: str) -> None:
    if key not in rules.KEYS:
        raise Usage(f"there is no rule {key!r}", f"the rules are {', '.join(rules.KEYS)}")


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
