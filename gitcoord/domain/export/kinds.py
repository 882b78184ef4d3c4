"""The kind of operation that offers an interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain.export import apply, record
from gitcoord.domain.kind import Kind, name_term
from gitcoord.errors import Malformed

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.policy.scope import Scope

TERM = "export:"
"""With a name behind it, the term under which the chronicle finds every event about the interface of that name."""


def _tell(data: dict[str, Any]) -> dict[str, Any]:
    wanted = record.wanted_in(data)
    return {"export": wanted.name, "withdrawn": wanted.scope is None}


def _scopes(event: Event) -> tuple[Scope, ...]:
    try:
        scope = record.wanted_in(event.data).scope
    except Malformed:
        return ()
    return (scope,) if scope is not None else ()


def _given(detail: dict[str, Any], _: int | None) -> dict[str, Any]:
    return {"superseded": detail.get("superseded", "")}


KINDS = (Kind("export", apply.apply_export, _tell, _scopes, name_term(TERM, "name"), _given),)
