"""The kind of event of a commit that went past the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.bypass import apply
from gitcoord.domain.kind import Kind
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event

Fields = dict[str, Any]


def _bypass(data: Fields) -> Fields:
    holders = [fields.text(item, "session") for item in fields.records(data, "holders")]
    return {"commit": fields.text(data, "commit"), "who": fields.text(data, "who", ""), "sessions": holders}


def _bypassed(event: Event) -> tuple[Scope, ...]:
    paths = [path for item in fields.records(event.data, "holders") for path in fields.texts(item, "paths")]
    return tuple(Scope.from_json({"file": path}) for path in dict.fromkeys(paths))


KINDS = (Kind("bypass", apply.apply_bypass, _bypass, _bypassed),)
