"""The kinds of events about sessions, except for their end: that is about what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind
from gitcoord.domain.moments import moment
from gitcoord.domain.session import apply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.event import Event

Fields = dict[str, Any]


def _register(data: Fields) -> Fields:
    said = {key: fields.text(data, key, "") for key in ("work", "user", "host", "branch", "agent", "parent")}
    return said | {"capabilities": fields.texts(data, "capabilities")}


def _registered(event: Event) -> Iterator[str]:
    data = event.data
    yield f"name:{data.get('name', '')}"
    yield f"role:{data.get('role', '')}"
    if isinstance(data.get("capabilities"), list):
        yield from (f"can:{capability}" for capability in data["capabilities"])
    if data.get("resumes"):
        yield f"resumes:{data['resumes']}"


def _progress(data: Fields) -> Fields:
    said: Fields = {key: fields.text(data, key, "") for key in ("action", "target", "phase", "next")}
    share = fields.optional_number(data, "progress")
    return said | {"progress": share, "eta": moment(data, "eta"), "touched": fields.texts(data, "touched")}


KINDS = (
    Kind("register", apply.apply_register, _register, terms=_registered),
    Kind("progress", tell=_progress),
)
