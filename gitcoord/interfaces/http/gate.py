"""The gate: what every request has to pass before anything answers it, and what every response carries.

No browser page of another origin, no other machine and nobody without a token gets further. The rules are in
docs/serve.md, "Who may ask".
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import Response

from gitcoord.domain.records import text_of
from gitcoord.errors import CoordError
from gitcoord.errors.web import (
    BodyTooLong,
    ForeignPage,
    NoOrigin,
    NoPath,
    NoProject,
    NotJson,
    NoToken,
    OtherHost,
    RepositoryGone,
)
from gitcoord.interfaces.http.asking import failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gitcoord.interfaces.http.project import Project
    from gitcoord.interfaces.http.tokens import Rights

BODY = 1 << 20
"""Bytes of a request's body."""

AGAIN = 2
"""Seconds after which to ask again what could not be told."""

SESSION = "coord-session"
"""The header that names the session that asks."""

PREFIX = "/projects/"
"""What stands before a project's name where the server has several."""

ORCHESTRATED = "/api/v2/orchestration/projects/"
"""What stands before a project's name in the paths of the orchestration API."""

OPEN = ("/sign-in", "/static/")
"""Paths that need no token: there is nothing of a repository there."""

SAFE = ("GET", "HEAD")
UNSAFE = ("POST", "PATCH", "PUT", "DELETE")

_PATH = re.compile(rb"(/[A-Za-z0-9_:@~-][A-Za-z0-9._:@~-]*)*/?")
"""Paths as they are written: whatever would have to be decoded or shortened first is not one of ours."""

SECURITY = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Visit(NamedTuple):
    """Who asks for what: the project, what the visitor may do there, and the session that is named."""

    project: Project
    rights: Rights | None
    session: str
    prefix: str


class _Entry:
    """What the access log says of one request: a line before it is answered, and one at the end of what goes on.

    What goes on is a WebSocket, or a stream of events.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._began = time.monotonic()
        self._status: int | None = None
        self._goes_on = False

    def begin(self, status: int, *, goes_on: bool = False) -> None:
        """Write the line of a request that is answered now."""
        self._status, self._goes_on = status, goes_on
        self._write("begin" if goes_on else "")

    def end(self) -> None:
        """Write the line of what is over: of a request that nobody answered, and of what went on until now."""
        if self._status is None or self._goes_on:
            self._write("end" if self._goes_on else "")

    def _write(self, phase: str) -> None:
        project, visit = self._scope["state"]["project"], self._scope["state"].get("visit")
        path = self._scope["path"].encode("ascii", "backslashreplace").decode()
        if path.startswith("/static/"):
            return
        rights, session = (visit.rights, visit.session) if visit is not None else (None, "")
        method, seconds = self._scope.get("method", "WEBSOCKET"), time.monotonic() - self._began
        project.log.write(rights or "none", session, method, path, self._status or 0, seconds, phase)


class Gate:
    """Lets through what may pass. `hosts` are the values of Host that mean this server, in lower case."""

    def __init__(self, app: ASGIApp, projects: Mapping[str, Project], hosts: frozenset[str]) -> None:
        self._app = app
        self._projects = projects
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or turn it away."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["project"] = next(iter(self._projects.values()))
        entry, asked = _Entry(scope), scope["path"]

        async def answer(message: Message) -> None:
            kind = message["type"]
            if kind in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                dress(headers, message["status"])
                entry.begin(message["status"], goes_on=headers.get("content-type", "").startswith("text/event-stream"))
            elif kind == "websocket.accept":
                entry.begin(101, goes_on=True)
            await send(message)

        headers = Headers(scope=scope)
        try:
            try:
                visit = self._visit(scope, headers)
            except CoordError as error:
                await turn_away(scope, receive, answer, error)
                return
            scope["state"]["visit"] = visit
            if visit.prefix == asked and scope["type"] == "http":
                await _to_directory(scope)(scope, receive, answer)
                return
            await self._app(scope, _limited(scope, receive) if scope["type"] == "http" else receive, answer)
        finally:
            entry.end()

    def _visit(self, scope: Scope, headers: Headers) -> Visit:
        """Return who asks. Raises a case of `errors.web`."""
        raw = scope.get("raw_path") or b""
        if not _PATH.fullmatch(raw):
            raise NoPath()
        self._check_origin(scope, headers)
        path, prefix = scope["path"], ""
        project = scope["state"]["project"]
        if path.startswith(PREFIX):
            name, _, rest = path.removeprefix(PREFIX).partition("/")
            if name not in self._projects and (own := self._own(headers)):
                raise NoProject(name, ", ".join(own))
            # a stranger who guesses a name is answered as by a project that is there
            project, prefix = self._projects.get(name, project), f"{PREFIX}{name}"
            scope["path"] = f"/{rest}"
            scope["raw_path"] = scope["path"].encode()
        elif path.startswith(ORCHESTRATED):
            project = self._projects.get(path.removeprefix(ORCHESTRATED).partition("/")[0], project)
        scope["state"]["project"] = project
        rights, by_cookie = _rights(project, headers)
        if rights is None and not scope["path"].startswith(OPEN) and not project.place.coord_dir.is_dir():
            raise RepositoryGone()
        if rights is None and not scope["path"].startswith(OPEN) and scope["path"] != "/":
            raise NoToken()
        if by_cookie and not headers.get("origin") and scope.get("method", "GET") in UNSAFE:
            raise NoOrigin()
        if by_cookie and scope["type"] == "websocket" and not headers.get("origin"):
            raise NoOrigin()
        if scope["type"] == "http":
            _check_body(scope, headers)
        return Visit(project, rights, headers.get(SESSION, ""), prefix)

    def _own(self, headers: Headers) -> list[str]:
        """Return the projects whose token the visitor has."""
        return [name for name, project in self._projects.items() if _rights(project, headers)[0]]

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            raise OtherHost(min(self._hosts, key=len))
        origins = headers.getlist("origin")
        if origins and (len(origins) > 1 or origins[0].lower() != f"http://{hosts[0].lower()}"):
            raise ForeignPage()
        site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "")
        visits = mode == "navigate" and scope.get("method", "GET") in SAFE
        if site not in ("same-origin", "none") and not visits:
            raise ForeignPage()


def _to_directory(scope: Scope) -> Response:
    """Return the answer to a path of a project without its last slash: the links of a page start behind it."""
    query = scope["query_string"].decode("latin-1")
    return Response(b"", 307, {"location": f"{scope['state']['visit'].prefix}/{query and '?'}{query}"})


def _rights(project: Project, headers: Headers) -> tuple[Rights | None, bool]:
    """Return what the visitor may do, and whether a cookie says so."""
    said = headers.getlist("authorization")
    if said:
        scheme, _, token = said[0].partition(" ")
        one = len(said) == 1 and scheme.lower() == "bearer"
        return (project.tokens.of_token(token.strip()) if one else None), False
    cookies = cookie_parser(headers.get("cookie", ""))
    rights = project.tokens.of_cookie(cookies.get(project.tokens.cookie_name(), ""))
    return rights, rights is not None


def _check_body(scope: Scope, headers: Headers) -> None:
    """Take JSON only, and not too much of it. A form of another page can send neither."""
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > BODY:
        raise BodyTooLong(BODY)
    if scope["method"] not in UNSAFE:
        return
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    wanted = ("application/json", "application/x-www-form-urlencoded")
    if kind not in wanted[: 2 if scope["path"] == "/sign-in" else 1] and (kind or scope["method"] != "DELETE"):
        raise NotJson()


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Return a receiver that takes no more than a body may have, however long it says it is.

    A request that has no use for a body, and sends one without end, counts as gone.
    """
    left = BODY

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0 and scope["method"] in UNSAFE:
            raise BodyTooLong(BODY)
        if left < 0:
            return {"type": "http.disconnect"}
        return message

    return limited


def dress(headers: MutableHeaders, status: int) -> None:
    """Give the headers of a response what all of them carry; what could not be told says when to ask again."""
    if status == 503:
        headers.setdefault("retry-after", str(AGAIN))
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", "no-store")


async def turn_away(scope: Scope, receive: Receive, send: Send, error: CoordError) -> None:
    """Answer what may not pass; a WebSocket is refused before it is one."""
    said = failure(error)
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": error.message})
        return
    headers = {"www-authenticate": 'Bearer realm="git-coord"'} if isinstance(error, NoToken) else {}
    await json_response(said.record, said.status, headers)(scope, receive, send)


def json_response(record: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a record as a response."""
    text = text_of(record).encode("utf-8", "backslashreplace")
    return Response(text, status, {"content-type": "application/json", **(headers or {})})


def refusal(error: CoordError) -> Response:
    """Return an error as a response."""
    said = failure(error)
    return json_response(said.record, said.status)
