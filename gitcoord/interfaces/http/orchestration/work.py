"""The state of a project, and its tasks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitcoord.errors.usage import GoesWith, Missing, WrongField, WrongWord
from gitcoord.errors.web import CommandRefused
from gitcoord.interfaces.http.commands import check_known
from gitcoord.interfaces.http.orchestration.deed import number, own_project, seconds, text, texts
from gitcoord.interfaces.http.paging import MOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.interfaces.http.orchestration.deed import Deed

STATE = "project"
"""The scope that holds the state of the project."""

FIELDS = ("title", "type", "priority", "agent_requirements", "dependencies", "payload", "timeout")
"""Fields of a new task."""

GOES_WITH = {
    "result": ("completed", "done"),
    "error": ("failed",),
    "progress": ("", "running", "in_progress"),
}
"""Fields of a change of a task, each with the statuses that it goes with."""

SHOWN = 50
"""Tasks of a page, where nobody says how many."""

PRIORITIES = ("low", "normal", "high", "critical")


def state(deed: Deed) -> dict[str, Any]:
    """Return the state of the project, and its version."""
    own_project(deed)
    try:
        found = deed.ask("state get", scope=STATE)
    except CommandRefused as refused:
        if refused.said.status != 404:
            raise
        return {"state": {}, "version": 0}
    return {"state": json.loads(found["value"]), "version": found["version"]}


def change_state(deed: Deed) -> dict[str, Any]:
    """Change the state of the project, all updates or none, where it is at the version that is expected."""
    own_project(deed)
    updates, version = deed.given.get("updates"), number(deed.given, "version")
    if not isinstance(updates, list) or not updates or not all(isinstance(each, dict) for each in updates):
        raise WrongField("updates", "a list of {path, operation, value}")
    changes = [_change(each) for each in updates]
    done = deed.ask("state patch", deed.session, json.dumps(changes), scope=STATE, if_version=version)
    return {"version": done["version"], "confirmed": done["confirmed"]}


def _change(update: dict[str, Any]) -> dict[str, Any]:
    operation, path = update.get("operation"), update.get("path")
    check_known(update, ("path", "operation", "value"))
    if operation not in ("set", "append", "remove") or not isinstance(path, str) or not path:
        raise WrongField("an update", "a path and an operation: set, append or remove")
    if (operation == "remove") == ("value" in update):
        raise WrongField("an update", "without a value where it removes, else with one")
    key, *rest = path.split(".")
    pointer = "".join("/" + word.replace("~", "~0").replace("/", "~1") for word in rest)
    made = {"op": operation, "key": key} | ({"path": pointer} if pointer else {})
    return made if operation == "remove" else made | {"value": update["value"]}


def tasks(deed: Deed) -> dict[str, Any]:
    """Return a page of the tasks."""
    own_project(deed)
    limit = number(deed.given, "limit")
    if limit is not None and not 0 < limit <= MOST:
        raise WrongField("limit", f"a number from 1 to {MOST}")
    fields = {"status": text(deed.given, "status"), "of": text(deed.given, "agent_id")}
    found = deed.ask("task list", limit=limit or SHOWN, offset=number(deed.given, "offset") or 0, **fields)
    return {"tasks": [_task(each) for each in found["tasks"]], "total": found["total"], "next": found["next"]}


def add_task(deed: Deed) -> dict[str, Any]:
    """Add a task."""
    own_project(deed)
    given = deed.given
    priority = text(given, "priority") or "normal"
    if priority not in PRIORITIES:
        raise WrongWord("priority", PRIORITIES)
    kind = text(given, "type")
    made = deed.ask(
        "task add",
        deed.session,
        title=text(given, "title") or kind or "task",
        type=kind,
        priority=priority,
        needs=texts(given, "agent_requirements"),
        after=texts(given, "dependencies"),
        payload=json.dumps(given["payload"]) if given.get("payload") is not None else "",
        timeout=seconds(given, "timeout"),
    )
    return _task(made)


def change_task(deed: Deed) -> dict[str, Any]:
    """Change a task: what its status is to be says what is done."""
    own_project(deed)
    given, name, by = deed.given, deed.path["task"], deed.session
    status, progress = text(given, "status"), number(given, "progress")
    result, error = given.get("result"), text(given, "error")
    _check_fields(status, result=result, error=error, progress=progress)
    if status in ("completed", "done"):
        said = "" if result is None else json.dumps(result)
        return _task(deed.ask("task done", by, id=name, result=said))
    if status == "failed":
        return _task(deed.ask("task fail", by, id=name, error=error or "failed"))
    simple = {"cancelled": "task cancel", "pending": "task return", "running": "task take", "in_progress": "task take"}
    if status and status not in simple:
        raise WrongWord("status", ("completed", "failed", *simple))
    if not status and progress is None:
        raise Missing("a change", "a status or a progress")
    done: dict[str, Any] = {}
    held = deed.ask("task show", by, id=name)["task"] if status in ("running", "in_progress") else {}
    if status and not (held.get("status") == "running" and held.get("holder") == _id(deed, by)):
        done = deed.ask(simple[status], by, id=name)
    if progress is not None:
        done = deed.ask("task update", by, id=name, progress=progress)
    return _task(done or held)


def _check_fields(status: str, **given: Any) -> None:
    """Raise `Usage` for a field that does not go with the status: it would be dropped without a word."""
    if status in ("completed", "done") and given["progress"] == 100:
        given = given | {"progress": None}
    if (given["progress"] or 0) > 100:
        raise WrongField("progress", "a number from 0 to 100")
    for name, value in given.items():
        if value not in (None, "") and status not in GOES_WITH[name]:
            raise GoesWith(name, f"the status {GOES_WITH[name][0] or 'running, or none'}")


def _id(deed: Deed, name: str) -> str:
    return str(deed.one(name, "session")["id"]) if name else ""


def _task(found: Mapping[str, Any]) -> dict[str, Any]:
    payload, result = found.get("payload"), found.get("result")
    return {
        "task_id": found["id"],
        "title": found["title"],
        "type": found["type"],
        "status": found["status"],
        "priority": found["priority"],
        "agent_id": found["holder"],
        "agent_requirements": found["needs"],
        "dependencies": found["after"],
        "progress": found["progress"],
        "timeout": found["timeout"],
        "error": found["error"],
        "payload": json.loads(payload) if payload else None,
        "result": json.loads(result) if result else None,
        "version": found["token"],
        "created_at": found["made"],
    }
