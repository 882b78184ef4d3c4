"""The kinds of operations that write to shared state."""

from __future__ import annotations

from typing import Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind, name_term
from gitcoord.domain.state.apply import operations

TERM = "state:"
"""Under which the chronicle finds the writes to a scope."""


def _state(data: dict[str, Any]) -> dict[str, Any]:
    changes = operations.changes_in(data)
    return {
        "scope": operations.scope_in(data),
        "keys": list(dict.fromkeys(change.key for change in changes)),
        "cleared": fields.flag(data, "clear"),
    }


def _rollback(data: dict[str, Any]) -> dict[str, Any]:
    return {"scope": operations.scope_in(data), "to": fields.number(data, "version")}


def _snapshot(data: dict[str, Any]) -> dict[str, Any]:
    return {"scope": operations.scope_in(data), "snapshot": operations.snapshot_in(data)}


def _given(detail: dict[str, Any], number: int | None) -> dict[str, Any]:
    return {"version": detail["version"]} if "version" in detail else {}


_TERMS = name_term(TERM, "scope")

KINDS = (
    Kind("state", operations.apply_state, _state, terms=_TERMS, given=_given),
    Kind("state-rollback", operations.apply_rollback, _rollback, terms=_TERMS, given=_given),
    Kind("state-snapshot", operations.apply_snapshot, _snapshot, terms=_TERMS, given=_given),
)
