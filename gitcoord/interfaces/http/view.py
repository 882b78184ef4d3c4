"""What the board page shows, in one record: the answers of the commands that it is made of, now or at another time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain.board import past, worktrees
from gitcoord.domain.history import log, when
from gitcoord.domain.land import line
from gitcoord.domain.records import to_json
from gitcoord.interfaces import envelope, registry
from gitcoord.interfaces.http.asking import Said
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.interfaces.http.project import Project

EVENTS = 200
"""Events of the timeline."""

MESSAGES = 60
TASKS = 200

PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "tasks": ("task list", {"everything": True, "limit": TASKS}),
    "workflows": ("workflow show", {}),
    "handoffs": ("handoff list", {"limit": TASKS}),
    "halts": ("halt", {"status": True}),
    "barriers": ("barrier", {}),
    "teams": ("team show", {}),
}
"""Parts that a command answers: its name, what it is asked; the part is the field of that name."""


def board(call: Call, project: Project, may_act: bool, as_of: str) -> Said:
    """Return the record of the board; `may_act`: whether whoever looks may do something. Raises `CoordError`."""
    then = when.parse(as_of, call.now) if as_of else 0
    call.look()
    events = _events(call, log.Query(limit=EVENTS, until=then))
    messages = _events(call, log.Query(kinds=("message",), limit=MESSAGES, until=then))
    steps = project.moments.read(call.place.store_git, call.workspace.ledger.tip())
    if as_of:
        call.opened = past.workspace_at(call.workspace, then)
        found = _then(call)
    else:
        found = _now(call)
    for part, (name, fields) in PARTS.items():
        answer = _answer(call, name, **fields)
        found[part] = answer[part]
        if part == "tasks":
            found["tasks_total"] = answer["total"]
    found |= {
        "project": project.name,
        "may_act": may_act,
        "lines": to_json(list(line.every(call.workspace, call.workspace.ledger.state()))),
        "events": events,
        "messages": messages[::-1],
        "moments": [{"time": Moment(time).rfc3339(), "said": said} for time, said in steps],
    }
    head = envelope.answer(call, call.clock, {})
    return Said(200, head | ({"as_of": Moment(then).rfc3339()} if as_of else {}) | found)


def _events(call: Call, query: log.Query) -> list[dict[str, Any]]:
    with log.reading(call.workspace, query) as found:
        events: list[dict[str, Any]] = to_json(list(found.events))
    return events


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
