"""The kind of operation that gives out a number."""

from __future__ import annotations

from typing import Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind
from gitcoord.domain.number import apply


def _tell(data: dict[str, Any]) -> dict[str, Any]:
    return {"counter": fields.text(data, "name")}


KINDS = (
    Kind(
        "number",
        apply.apply_number,
        _tell,
        given=lambda detail, _: {"value": detail["value"]} if "value" in detail else {},
        gave=lambda own: f"gave {own['value']}" if "value" in own else "",
    ),
)
