"""The kind of operation that records a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain.decision import apply, record
from gitcoord.domain.kind import Kind, id_term, own_term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.event import Event

TERM = "decision:"
"""With an id behind it, the term under which the chronicle finds every event about that decision."""


def _tell(data: dict[str, Any]) -> dict[str, Any]:
    text, supersedes = record.wanted_in(data)
    return {"decision": text, "supersedes": supersedes}


def _terms(event: Event) -> Iterator[str]:
    yield from own_term(TERM)(event)
    yield from id_term(TERM, "supersedes")(event)


KINDS = (Kind("decide", apply.apply_decide, _tell, terms=_terms),)
