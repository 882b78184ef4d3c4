"""The WebSocket of the orchestration API, subprotocol `orchestration-v2`: its words for what happens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass
from gitcoord.domain.history import timeline
from gitcoord.domain.history.watch import Wanted
from gitcoord.domain.task import record as task
from gitcoord.errors.usage import WrongField, WrongWord
from gitcoord.interfaces.http.asking import failure
from gitcoord.interfaces.http.events import Interest, Told
from gitcoord.interfaces.http.gate import json_response
from gitcoord.interfaces.http.sockets import Conversation, typed
from gitcoord.policy import topic as topics

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from gitcoord.errors import CoordError
    from gitcoord.interfaces.http.gate import Visit

PROTOCOL = "orchestration-v2"

TYPES = (
    *("task_update", "state_change", "agent_status", "emergency_broadcast", "handoff_request", "resource_conflict"),
    *("heartbeat", "error"),
)
"""The types of messages that a client hears."""

FILTERS: dict[str, type] = {"agent_type": str, "priority": str, "kind": str, "session": str}

NORMAL = "normal"

ALWAYS = ("halt", "halt-answer", "resume")
"""Kinds that are told whatever priority is asked for."""

_BY_KIND = {
    "state": ("state_change", "state"),
    "register": ("agent_status", "agents"),
    "progress": ("agent_status", "agents"),
    "end": ("agent_status", "agents"),
    "retire": ("agent_status", "agents"),
    "gone": ("agent_status", "agents"),
    "halt": ("emergency_broadcast", "emergency"),
    "resume": ("emergency_broadcast", "emergency"),
    "take": ("resource_conflict", "resources"),
    "waiting": ("resource_conflict", "resources"),
    "bypass": ("resource_conflict", "resources"),
}


def event_of(told: Told) -> tuple[str, str] | None:
    """Return the name of an event and the first word of its topic; None for what they have no word for."""
    about = told.about
    word = about.kind.partition("-")[0]
    if about.kind == "verdict" or about.verdict == "refused":
        return ("resource_conflict", "resources") if about.own.get("of", about.kind) == "claim" else None
    if word in ("task", "handoff"):
        return ("task_update", "tasks") if word == "task" else ("handoff_request", "handoffs")
    return _BY_KIND.get(about.kind) or _BY_KIND.get(word)


def topic_of(told: Told) -> str:
    """Return the topic of an event: its first word, and the name of the session that did it."""
    event = event_of(told)
    name = told.about.name.replace(".", "-").replace("*", "-").replace("#", "-").replace(" ", "-")
    return f"{event[1]}.{name}" if event is not None and name else ""


@dataclass(frozen=True, slots=True)
class _Interest(Interest):
    """An interest in their topics. `least` is the lowest priority that is told, '' for any.

    A halt, and its end, has every priority; what has none is `normal`.
    """

    least: str = ""

    def takes(self, told: Told) -> bool:
        """Whether it is about this event."""
        topic = topic_of(told)
        meant = not self.topics or any(topics.matches(pattern, topic) for pattern in self.topics)
        return bool(topic) and meant and self._is_urgent(told) and self.wanted.wants(told.about)

    def _is_urgent(self, told: Told) -> bool:
        if not self.least or told.about.kind in ALWAYS:
            return True
        said = told.about.own.get("priority", NORMAL)
        rank = task.PRIORITIES.index
        return rank(said if said in task.PRIORITIES else NORMAL) >= rank(self.least)


class Orchestration:
    """The wording of `orchestration-v2`."""

    protocol = PROTOCOL

    def interest(self, said: dict[str, Any]) -> Interest:
        """Return what a subscription is about. Raises `Usage`."""
        typed(said, {"type": str, "id": str, "since": str, "topics": list, "filters": dict})
        filters = said.get("filters", {})
        typed(filters, FILTERS)
        priority, kind = filters.get("priority", ""), filters.get("kind", "")
        if priority and priority not in task.PRIORITIES:
            raise WrongWord("priority", task.PRIORITIES)
        patterns = tuple(topics.check_pattern(pattern) for pattern in said.get("topics", ()))
        kinds = timeline.check_kinds((kind,) if kind else ())
        wanted = Wanted(kinds, filters.get("session", ""), filters.get("agent_type", ""))
        return _Interest(patterns, wanted, priority)

    def show(self, told: Told, _: list[str]) -> list[dict[str, Any]]:
        """Return the event in their words."""
        event = event_of(told)
        if event is None:
            return []
        about = {"type": event[0], "topic": topic_of(told), "cursor": told.about.id, "timestamp": told.record["time"]}
        return [about | {"data": told.record}]

    def beat(self) -> dict[str, Any]:
        """Return a heartbeat."""
        return {"type": "heartbeat", "timestamp": datetime.now(UTC).isoformat(timespec="seconds")}

    def failure(self, error: CoordError) -> dict[str, Any]:
        """Return an error."""
        return {"type": "error", **failure(error).record}


async def orchestration_socket(socket: WebSocket) -> None:
    """Answer a WebSocket of the orchestration API."""
    if PROTOCOL not in socket.scope.get("subprotocols", []):
        error = failure(WrongField("the subprotocol", PROTOCOL))
        await socket.send_denial_response(json_response(error.record, 400))
        return
    visit: Visit = socket.state.visit
    await socket.accept(PROTOCOL)
    await Conversation(socket, visit.project, Orchestration()).run()
