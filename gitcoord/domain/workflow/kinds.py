"""The kinds of operations on workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind
from gitcoord.domain.workflow import apply, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.event import Event

Fields = dict[str, Any]

TERM = "workflow:"
"""With an id behind it, the term under which the chronicle finds every event about that workflow."""


def _started(data: Fields) -> Fields:
    stages = [fields.text(item, "stage") for item in fields.records(data, "stages")]
    return {"workflow": fields.text(data, "title"), "stages": stages}


def _one(data: Fields) -> Fields:
    return {"workflow": record.workflow_in(data)}


def _retried(data: Fields) -> Fields:
    return {"workflow": record.workflow_in(data), "stage": fields.text(data, "stage")}


def _own(event: Event) -> Iterator[str]:
    yield TERM + event.id


def _about(event: Event) -> Iterator[str]:
    name = event.data.get("workflow")
    if isinstance(name, str):
        yield TERM + name


KINDS = (
    Kind("workflow-start", apply.apply_start, _started, terms=_own),
    Kind("workflow-cancel", apply.apply_cancel, _one, terms=_about),
    Kind("workflow-retry", apply.apply_retry, _retried, terms=_about),
)
