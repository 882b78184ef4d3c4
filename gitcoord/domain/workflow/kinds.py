"""The kinds of operations on workflows."""

from __future__ import annotations

from typing import Any

from gitcoord.domain import fields
from gitcoord.domain.kind import Kind, id_term, own_term
from gitcoord.domain.workflow import apply, record

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


_OWN = own_term(TERM)
_ABOUT = id_term(TERM, "workflow")

KINDS = (
    Kind("workflow-start", apply.apply_start, _started, terms=_OWN),
    Kind("workflow-cancel", apply.apply_cancel, _one, terms=_ABOUT),
    Kind("workflow-retry", apply.apply_retry, _retried, terms=_ABOUT),
)
