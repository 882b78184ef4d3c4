"""Every path of the orchestration API, and how it is answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.routing import BaseRoute, Route, WebSocketRoute

from gitcoord.errors import CoordError
from gitcoord.errors.web import CommandRefused, OnlyReads
from gitcoord.interfaces.http import commands
from gitcoord.interfaces.http.asking import Said, failure
from gitcoord.interfaces.http.gate import Visit, json_response, refusal
from gitcoord.interfaces.http.orchestration import agents, sessions, work
from gitcoord.interfaces.http.orchestration.deed import Deed
from gitcoord.interfaces.http.orchestration.socket import orchestration_socket

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from gitcoord.interfaces.http.commands import Lines
    from gitcoord.interfaces.stopping import Stop

BASE = "/api/v2/orchestration"


ACTOR = ("session_id", "agent_id")
"""Fields that say for which session a request acts."""


class Path(NamedTuple):
    """A path of theirs: what answers, the fields that it takes, and whether it only reads."""

    method: str
    path: str
    work: Callable[[Deed], dict[str, Any]]
    fields: tuple[str, ...] = ()
    reads: bool = False


PATHS = (
    Path("GET", "/projects/{project}/state", work.state, reads=True),
    Path("PATCH", "/projects/{project}/state", work.change_state, ("version", "updates", *ACTOR)),
    Path("GET", "/projects/{project}/tasks", work.tasks, ("status", "agent_id", "limit", "offset"), reads=True),
    Path("POST", "/projects/{project}/tasks", work.add_task, (*work.FIELDS, *ACTOR)),
    Path("PATCH", "/projects/{project}/tasks/{task}", work.change_task, ("status", *work.GOES_WITH, *ACTOR)),
    Path("POST", "/sessions", sessions.start, ("session_id", "user_id", "project_id", "capabilities", "metadata")),
    Path("GET", "/sessions", sessions.sessions, ("project_id", "status"), reads=True),
    Path("POST", "/sessions/{session}/heartbeat", sessions.heartbeat, ("status", *sessions.LOAD)),
    Path("POST", "/sessions/{session}/handoff", sessions.handoff, ("target_session", "context", "tasks", "message")),
    Path("POST", "/agents", agents.agent, ("agent_id", "session_id", "type", "capabilities", "status")),
    Path("GET", "/agents/{agent}", agents.show_agent, reads=True),
    Path("POST", "/agents/{agent}/lock", agents.lock, ("resource", "timeout", "reason")),
    Path("DELETE", "/agents/{agent}/locks/{lock}", agents.unlock),
)
"""Every path of the API."""


def routes(lines: Lines) -> list[BaseRoute]:
    """Return the routes of the API, the WebSocket included."""
    found: list[BaseRoute] = [
        Route(f"{BASE}{path.path}", partial(_answer, lines, path), methods=[path.method]) for path in PATHS
    ]
    return [*found, WebSocketRoute(f"{BASE}/ws", orchestration_socket)]


async def _answer(lines: Lines, path: Path, request: Request) -> Response:
    visit: Visit = request.state.visit
    if visit.rights != "all" and not path.reads:
        return refusal(OnlyReads())
    try:
        given: dict[str, Any] = {}
        if path.reads:
            given |= commands.query(request, path.fields)
        else:
            given |= await commands.body(request)
            commands.check_known(given, path.fields)
    except CoordError as error:
        return refusal(error)

    def answer(stop: Stop) -> Said:
        try:
            return Said(200, path.work(Deed(visit, stop, request.path_params, given, looks=path.reads)))
        except CommandRefused as refused:
            return Said(*refused.said)
        except CoordError as error:
            return failure(error)

    said = await lines.run(request, answer)
    return json_response(said.record, said.status)
