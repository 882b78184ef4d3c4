"""The kind of operation that sets a rule."""

from __future__ import annotations

from typing import Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind
from gitcoord.domain.rules import apply


def _tell(data: dict[str, Any]) -> dict[str, Any]:
    value = data.get("value")
    return {"key": fields.text(data, "key"), "value": value if isinstance(value, bool | int) else str(value)[:200]}


KINDS = (Kind("rules", apply.apply_rules, _tell),)
