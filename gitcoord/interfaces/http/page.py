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
from gitcoord.interfaces.http import commands, plain, view
from gitcoord.interfaces.http.asking import failure
from gitcoord.interfaces.http.gate import Visit, json_response, refusal

if TYPE_CHECKING:
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
    try:
        as_of = commands.query(request, ("as_of",)).get("as_of", "")
    except CoordError as error:
        return failure(error)

    def work(stop: Stop) -> Said:
        project = visit.project

        def board(call: Call) -> Said:
            return view.board(call, project, visit.rights == "all", as_of)

        return project.asker.within(board, visit.session, stop, aside=True)

    return await lines.run(request, work)


async def _page(lines: Lines, request: Request) -> Response:
    """Answer with the board as plain tables; where there is JavaScript it makes more of them."""
    visit: Visit = request.state.visit
    if visit.rights is None:
        return _html("sign-in.html", 401)
    said = await _ask(lines, request)
    record = said.record if said.status == 200 else {}
    tables = "\n".join(plain.tables(record)) if record else f"<p>{escape(str(said.record.get('message', '')))}</p>"
    return _html(
        "board.html", said.status, project=escape(visit.project.name), as_of=record.get("as_of", ""), tables=tables
    )


def _html(name: str, status: int = 200, **fields: str) -> Response:
    text = Template(files()[name][0].decode()).substitute(fields)
    return Response(text.encode("utf-8", "backslashreplace"), status, {"content-type": KINDS[".html"]})


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
        return refusal(WrongToken())
    response = RedirectResponse(f"{visit.prefix}/", 303) if is_form else json_response({"v": 1, "rights": rights})
    response.set_cookie(tokens.cookie_name(), tokens.cookie(rights), path="/", httponly=True, samesite="strict")
    return response
