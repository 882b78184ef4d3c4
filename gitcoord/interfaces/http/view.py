"""What the board page shows, in one record: the answers of the commands that it is made of, now or at another time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain.board import past, worktrees
from gitcoord.domain.history import when
from gitcoord.domain.land import line
from gitcoord.domain.records import to_json
from gitcoord.interfaces import envelope, registry
from gitcoord.interfaces.http.asking import Said
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from gitcoord.domain.call import Call

EVENTS = 200
"""Events of the timeline."""

MESSAGES = 60
TASKS = 200

PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "tasks": ("task list", {"everything": True, "limit": TASKS}),
    "workflows": ("workflow show", {}),
    "handoffs": ("handoff list", {}),
    "halts": ("halt", {"status": True}),
    "barriers": ("barrier", {}),
    "teams": ("team show", {}),
}
"""Parts that a command answers: its name, what it is asked; the part is the field of that name."""


def board(call: Call, project: str, as_of: str) -> Said:
    """Return the record of the board. Raises `CoordError`."""
    events = _answer(call, "log", limit=EVENTS)["events"]
    messages = _answer(call, "log", kind=["message"], limit=MESSAGES)["events"]
    if as_of:
        then = when.parse(as_of, call.now)
        call.opened = past.workspace_at(call.workspace, then)
        found = _then(call)
        messages = [message for message in messages if when.parse(message["time"], then) <= then]
    else:
        found = _now(call)
    for part, (name, fields) in PARTS.items():
        answer = _answer(call, name, **fields)
        found[part] = answer[part]
        if part == "tasks":
            found["tasks_total"] = answer["total"]
    found |= {
        "project": project,
        "lines": _lines(call, found["claims"]),
        "events": events,
        "messages": messages[::-1],
        "moments": _moments(events),
    }
    head = envelope.answer(call, call.clock, {})
    return Said(200, head | ({"as_of": Moment(then).rfc3339()} if as_of else {}) | found)


def _lines(call: Call, claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the landing lines: each branch that somebody is about to land on, and who, in order."""
    prefix, state = f"{line.KIND}:", call.workspace.ledger.state()
    names = {one["scope"] for one in claims if one["kind"] == "name" and one["scope"].startswith(prefix)}
    branches = sorted(name.removeprefix(prefix) for name in names)
    found = [{"branch": each, "entries": to_json(line.entries(call.workspace, state, each))} for each in branches]
    return [one for one in found if one["entries"]]


def _answer(call: Call, name: str, **fields: Any) -> dict[str, Any]:
    command = registry.commands()[name]
    said: dict[str, Any] = to_json(command.run(call, command.request(**fields)))
    return said


def _now(call: Call) -> dict[str, Any]:
    command = registry.commands()["status"]
    found = command.run(call, command.request())
    standing = to_json(worktrees.standing(call.workspace, found.sessions))
    said: dict[str, Any] = to_json(found)
    for one in said["sessions"]:
        one["git"] = standing.get(one["id"])
    return said


def _then(call: Call) -> dict[str, Any]:
    said: dict[str, Any] = to_json(past.read(call.workspace))
    for one in said["sessions"]:
        one["git"] = None
    return said | {"me": None, "attention": [], "holds": []}


def _moments(events: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the times at which something came into the ledger, the oldest first, each with what was last then."""
    found = {one["time"]: f"{one['name']}: {one['subject']}" for one in reversed(events) if one["number"]}
    return [{"time": time, "said": said} for time, said in sorted(found.items())]
