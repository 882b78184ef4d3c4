"""The kind of operation that records a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.decision import apply, record
from gitcoord.domain.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.event import Event

TERM = "decision:"
"""With an id behind it, the term under which the chronicle finds every event about that decision."""


def _tell(data: dict[str, Any]) -> dict[str, Any]:
    text, supersedes = record.wanted_in(data)
    return {"decision": text, "supersedes": supersedes}


def _terms(event: Event) -> Iterator[str]:
    yield TERM + event.id
    before = event.data.get("supersedes")
    if isinstance(before, str) and fields.is_id(before):
        yield TERM + before


KINDS = (Kind("decide", apply.apply_decide, _tell, terms=_terms),)
