"""The kind of event that mends a counter after a hub came back from a backup."""

from __future__ import annotations

from typing import Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind
from gitcoord.domain.repair import apply

Fields = dict[str, Any]


KINDS = (Kind("repair", apply.apply_repair, lambda data: {"above": fields.number(data, "above")}),)
