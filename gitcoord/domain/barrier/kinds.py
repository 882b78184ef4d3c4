"""The kinds of operations on barriers."""

from __future__ import annotations

from typing import Any

from gitcoord.domain.barrier import apply, record
from gitcoord.domain.kind import Kind, id_term, own_term

Fields = dict[str, Any]

TERM = "barrier:"
"""With an id behind it, the term under which the chronicle finds every event about that barrier."""


def _made(data: Fields) -> Fields:
    wanted = record.wanted_in(data)
    return {"barrier": wanted.name, "needs": [dict(need) for need in wanted.needs], "then": wanted.then}


def _one(data: Fields) -> Fields:
    return {"barrier": record.id_in(data)}


def _given(detail: Fields, _: int | None) -> Fields:
    return {"left": detail["left"]} if "left" in detail else {}


_OWN = own_term(TERM)
_ABOUT = id_term(TERM, "barrier")

KINDS = (
    Kind("barrier", apply.apply_barrier, _made, terms=_OWN),
    Kind("barrier-arrive", apply.apply_arrive, _one, terms=_ABOUT, given=_given),
    Kind("barrier-cancel", apply.apply_cancel, _one, terms=_ABOUT),
)
