"""Read and set the rules that hold for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gitcoord.domain import rules
from gitcoord.errors import Refused, Usage
from gitcoord.ledger.event import Draft

if TYPE_CHECKING:
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules in force, each under its name."""

    rules: dict[str, Any]


def show(workspace: Workspace, key: str = "") -> InForce:
    """All rules, or one. Raises `Usage` where there is no such rule."""
    values = rules.read(workspace.ledger.state()).to_json()
    if not key:
        return InForce(values)
    _known(key)
    return InForce({key: values[key]})


def change(workspace: Workspace, me: Session, key: str, text: str) -> InForce:
    """Set a rule for everybody. Raises `Usage` for a value that it cannot have."""
    _known(key)
    value = _value(key, text)
    draft = Draft("rules", f"rule {key} = {text}", {"key": key, "value": value})
    done = workspace.record(me.id, draft)
    verdict = done.outcomes[0].verdict
    if verdict is not None and not verdict.accepted:
        raise Refused(f"the rule was not changed: {verdict.reason}")
    return InForce({key: rules.read(done.state).to_json()[key]})


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
