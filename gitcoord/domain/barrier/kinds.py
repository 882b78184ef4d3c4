"""The kinds of operations on barriers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain.barrier import apply, record
from gitcoord.domain.kind import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.event import Event

Fields = dict[str, Any]

TERM = "barrier:"
"""With an id behind it, the term under which the chronicle finds every event about that barrier."""


def _made(data: Fields) -> Fields:
    wanted = record.wanted_in(data)
    return {"barrier": wanted.name, "needs": [dict(need) for need in wanted.needs], "then": wanted.then}


def _one(data: Fields) -> Fields:
    return {"barrier": record.id_in(data)}


def _own(event: Event) -> Iterator[str]:
    yield TERM + event.id


def _about(event: Event) -> Iterator[str]:
    name = event.data.get("barrier")
    if isinstance(name, str):
        yield TERM + name


def _given(detail: Fields, _: int | None) -> Fields:
    return {"left": detail["left"]} if "left" in detail else {}


KINDS = (
    Kind("barrier", apply.apply_barrier, _made, terms=_own),
    Kind("barrier-arrive", apply.apply_arrive, _one, terms=_about, given=_given),
    Kind("barrier-cancel", apply.apply_cancel, _one, terms=_about),
)
