"""The kind of operation that sets a rule."""

from __future__ import annotations

from typing import Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind
from gitcoord.domain.rules import apply
from gitcoord.ledger.commit import canonical


def _tell(data: dict[str, Any]) -> dict[str, Any]:
    value = data.get("value")
    plain = value if isinstance(value, bool | int | str) else canonical(value)
    return {"key": fields.text(data, "key"), "value": plain[:200] if isinstance(plain, str) else plain}


KINDS = (Kind("rules", apply.apply_rules, _tell),)
"""The kind of operation that sets a rule."""
