"""The board as a page, its files, and the way in: a token is traded for a cookie."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from html import escape
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gitcoord.errors import CoordError
from gitcoord.errors.usage import WrongField
from gitcoord.errors.web import NoPath, WrongToken
from gitcoord.interfaces.http import commands, view
from gitcoord.interfaces.http.gate import Visit, json_response, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from gitcoord.domain.call import Call
    from gitcoord.interfaces.http.asking import Said
    from gitcoord.interfaces.http.commands import Lines
    from gitcoord.interfaces.stopping import Stop

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
}


@cache
def files() -> dict[str, tuple[bytes, str, str]]:
    """Return the files of the page by name: content, type, entity tag."""
    found = {}
    for file in resources.files("gitcoord.interfaces.http").joinpath("static").iterdir():
        kind = KINDS.get(file.name[file.name.rfind(".") :])
        if kind is not None:
            content = file.read_bytes()
            found[file.name] = content, kind, f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    return found


def routes(lines: Lines) -> list[Route]:
    """Return the routes of the page."""
    return [
        Route("/", partial(_page, lines)),
        Route("/board.json", partial(_record, lines)),
        Route("/sign-in", _sign_in, methods=["GET", "POST"]),
        Route("/static/{name}", _file),
    ]


async def _file(request: Request) -> Response:
    known = files().get(request.path_params["name"])
    if known is None or known[1].startswith("text/html"):
        return refusal(NoPath())
    content, kind, tag = known
    headers = {"etag": tag, "cache-control": "no-cache", "content-type": kind}
    if tag in request.headers.get("if-none-match", ""):
        return Response(b"", 304, headers)
    return Response(content, 200, headers)


async def _record(lines: Lines, request: Request) -> Response:
    said = await _ask(lines, request)
    return json_response(said.record, said.status)


async def _ask(lines: Lines, request: Request) -> Said:
    visit: Visit = request.state.visit
    as_of = request.query_params.get("as_of", "")

    def work(stop: Stop) -> Said:
        project = visit.project

        def board(call: Call) -> Said:
            return view.board(call, project.name, project.moments, as_of)

        return project.asker.within(board, visit.session, stop, aside=True)

    return await lines.run(request, work)


async def _page(lines: Lines, request: Request) -> Response:
    """Answer with the board as plain tables; where there is JavaScript it makes more of them."""
    visit: Visit = request.state.visit
    if visit.rights is None:
        return _html("sign-in.html", 401)
    said = await _ask(lines, request)
    record = said.record if said.status == 200 else {}
    tables = "\n".join(_tables(record)) if record else f"<p>{escape(str(said.record.get('message', '')))}</p>"
    return _html(
        "board.html", said.status, project=escape(visit.project.name), as_of=record.get("as_of", ""), tables=tables
    )


def _html(name: str, status: int = 200, **fields: str) -> Response:
    text = Template(files()[name][0].decode()).substitute(fields)
    return Response(text.encode("utf-8", "backslashreplace"), status, {"content-type": KINDS[".html"]})


TABLES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("Needs attention", "attention", ("What", "What helps"), ("text", "hint")),
    (
        "Sessions",
        "sessions",
        ("Session", "Status", "Last sign of life", "Branch", "Doing", "Claims"),
        ("name", "status", "last_seen", "branch", "work", "claims"),
    ),
    ("Claims", "claims", ("Scope", "Held by", "Until", "Work"), ("scope", "called", "held_until", "work")),
    ("Landing", "landing", ("Onto", "Place", "Session", "What", "Since"), ("branch", "place", "name", "what", "since")),
    ("Tasks", "tasks", ("Task", "Status", "Held by"), ("title", "status", "holder_name")),
    ("Barriers", "barriers", ("Barrier", "Status", "Arrived", "Missing"), ("name", "status", "arrivals", "missing")),
    ("Messages", "messages", ("When", "From", "To", "Subject"), ("time", "name", "to", "subject")),
)
"""The board without JavaScript: title, part of the record, heads, fields of each item."""


def _tables(record: dict[str, Any]) -> Iterable[str]:
    landing = [{"branch": each["branch"], **one} for each in record["lines"] for one in each["entries"]]
    for title, part, heads, fields in TABLES:
        items = {**record, "landing": landing}[part]
        total = record["tasks_total"] if part == "tasks" else len(items)
        yield _table(f"{title} ({total})", heads, [tuple(_cell(one.get(field)) for field in fields) for one in items])


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one.get("name", one.get("need"))) if isinstance(one, dict) else str(one) for one in value)
    return "" if value is None else str(value)


def _table(title: str, heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    if not rows:
        return f"<p>{escape(title)}: none</p>"
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    lines = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>\n" for row in rows)
    return (
        f'<table class="plain"><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table>"
    )


async def _sign_in(request: Request) -> Response:
    """Trade a token for a cookie: of a script as JSON, of a page without one as a form."""
    if request.method == "GET":
        return _html("sign-in.html")
    visit: Visit = request.state.visit
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    try:
        if is_form:
            text = (await request.body()).decode("utf-8", "replace")
            token: Any = parse_qs(text).get("token", [""])[0].strip()
        else:
            token = (await commands.body(request)).get("token", "")
        if not isinstance(token, str):
            raise WrongField("token", "a text")
    except CoordError as error:
        return refusal(error)
    tokens = visit.project.tokens
    rights = tokens.of_token(token)
    if rights is None:
        return refusal(WrongToken(tokens.path("all")))
    response = RedirectResponse(f"{visit.prefix}/", 303) if is_form else json_response({"v": 1, "rights": rights})
    response.set_cookie(tokens.cookie_name(), tokens.cookie(rights), path="/", httponly=True, samesite="strict")
    return response
