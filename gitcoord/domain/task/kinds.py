"""The kinds of operations on tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.claim import record as claim
from gitcoord.domain.kind import Kind, id_term, own_term
from gitcoord.domain.task import record
from gitcoord.domain.task.apply import operations, payload

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

Fields = dict[str, Any]

TERM = "task:"
"""Before an id: every event about that task."""


def _add(data: Fields) -> Fields:
    return {
        "title": fields.text(data, "title"),
        "task_type": fields.text(data, "type", ""),
        "priority": fields.text(data, "priority", "normal"),
        "parent": fields.text(data, "parent", ""),
    }


def _next(data: Fields) -> Fields:
    return {"task_type": fields.text(data, "type", "")}


def _one(data: Fields) -> Fields:
    return {"task": payload.id_in(data)}


def _update(data: Fields) -> Fields:
    return {
        **_one(data),
        "progress": fields.optional_number(data, "progress"),
        "waiting_for": fields.text(data, "waiting", ""),
    }


def _done(data: Fields) -> Fields:
    return {**_one(data), "commit": fields.text(data, "commit", ""), "evidence": fields.text(data, "evidence", "")}


def _fail(data: Fields) -> Fields:
    return {**_one(data), "error": fields.text(data, "error"), "final": fields.flag(data, "final")}


def _again(data: Fields) -> Fields:
    return {"tasks": [{"task": item.task, "evidence": item.evidence} for item in payload.overdue_in(data)]}


def _scopes(event: Event) -> tuple[Scope, ...]:
    return claim.scopes_in(event.data) if event.data.get("scopes") else ()


def _given(detail: Fields, number: int | None) -> Fields:
    found = {"token": number}
    return found | {"task": detail["id"], "attempt": detail["attempt"]} if "id" in detail else found


def _tasks(state: State, own: Fields) -> list[record.Task]:
    """The tasks that an event names, as far as they are there."""
    named = [own["task"]] if "task" in own else [item["task"] for item in own.get("tasks", ())]
    return [task for name in named if (task := record.read(state, name)) is not None]


def _types(state: State, own: Fields) -> list[str]:
    """The types of the tasks that an event is about; that of the one it asks for, or adds, where it names none."""
    types = [task.type for task in _tasks(state, own)] or [own.get("task_type", "")]
    return list(dict.fromkeys(filter(None, types)))


def _present(state: State, own: Fields) -> Fields:
    """The priority of the tasks that an event is about, the highest of them."""
    found = [task.priority for task in _tasks(state, own)]
    return {"priority": max(found, key=record.PRIORITIES.index)} if found else {}


def _gave(own: Fields) -> str:
    return f"gave {own['task'][:8]}" if "task" in own else ""


_OWN = own_term(TERM)
_ABOUT = id_term(TERM, "id")

KINDS = (
    Kind("task-add", operations.apply_add, _add, _scopes, _OWN, types=_types, present=_present),
    Kind("task-next", operations.apply_next, _next, given=_given, gave=_gave, types=_types, present=_present),
    Kind("task-take", operations.apply_take, _one, terms=_ABOUT, given=_given, types=_types, present=_present),
    Kind("task-again", operations.apply_again, _again, types=_types, present=_present),
    Kind("task-keep", operations.apply_keep, _one, terms=_ABOUT, types=_types, present=_present),
    Kind("task-update", operations.apply_update, _update, terms=_ABOUT, types=_types, present=_present),
    Kind("task-done", operations.apply_done, _done, terms=_ABOUT, types=_types, present=_present),
    Kind("task-fail", operations.apply_fail, _fail, terms=_ABOUT, types=_types, present=_present),
    Kind("task-return", operations.apply_return, _one, terms=_ABOUT, types=_types, present=_present),
    Kind("task-decline", operations.apply_decline, _one, terms=_ABOUT, types=_types, present=_present),
    Kind("task-cancel", operations.apply_cancel, _one, terms=_ABOUT, types=_types, present=_present),
)
