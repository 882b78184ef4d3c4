"""The server: its sockets, its limits, and the application behind the gate."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import stat
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route, WebSocketRoute

from gitcoord.errors.web import Bug, CannotServe, NoPath, NotServed
from gitcoord.interfaces.http import commands, openapi, page, stream
from gitcoord.interfaces.http.asking import failure
from gitcoord.interfaces.http.connections import CONNECTIONS, IDLE, Protocol
from gitcoord.interfaces.http.gate import Gate, json_response, refusal
from gitcoord.interfaces.http.orchestration import paths as orchestration
from gitcoord.interfaces.http.sockets import events_socket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from gitcoord.interfaces.http.project import Project

HEADERS = 32 << 10
"""Bytes of a request's line and headers."""

FRAME = 64 << 10
"""Bytes of a message that a client sends over a WebSocket."""

UNREAD = 256 << 10
"""Bytes that the system keeps for a client that does not read them."""


def application(projects: Mapping[str, Project], hosts: frozenset[str]) -> ASGIApp:
    """Return everything that the server answers, behind the gate."""
    lines = commands.Lines()
    routes: list[BaseRoute] = [
        *commands.routes(lines),
        Route("/api/v1/openapi.json", _describe),
        *_events(),
        *orchestration.routes(lines),
        *page.routes(lines),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _no_route, Exception: _bug})
    app.router.redirect_slashes = False
    return Gate(app, projects, hosts)


def _events() -> list[BaseRoute]:
    return [Route(stream.PATH, stream.sent_events), WebSocketRoute(stream.PATH, events_socket)]


async def _describe(_: Request) -> Response:
    return json_response(openapi.document(), headers={"cache-control": "private, max-age=300"})


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    others = (error.headers or {}).get("Allow", "GET")
    answer = failure(NoPath() if error.status_code == 404 else NotServed(request.method, others))
    return json_response(answer.record, error.status_code, error.headers)


async def _bug(_: Request, error: Exception) -> Response:
    traceback.print_exception(error)
    return refusal(Bug())


def hosts_of(port: int) -> frozenset[str]:
    """Return the values of Host that mean this server; port 0 stands for a socket, which has no address."""
    if not port:
        return frozenset(("localhost",))
    names = ("127.0.0.1", "[::1]", "localhost")
    return frozenset(f"{name}:{port}" for name in names) | (frozenset(names) if port == 80 else frozenset())


def listen(port: int) -> list[socket.socket]:
    """Return sockets on both loopback addresses and nothing else. Raises `Usage` where the port is taken."""
    found: list[socket.socket] = []
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            # with the protocol named, asyncio sends each part of an answer at once, and no client waits 40 ms for it
            made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        except OSError:
            continue  # a machine without IPv6
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # a client that has stopped reading is let go
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, IDLE * 1000)
            if family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.bind((address, port))
            made.listen(128)
        except OSError as error:
            made.close()
            if family == socket.AF_INET6 and found:
                continue
            raise CannotServe(f"port {port}", error.strerror, "--port N") from error
        port = made.getsockname()[1]
        found.append(made)
    return found


def listen_at(path: Path) -> socket.socket:
    """Return a socket in the file system that only its owner may open. Raises `Usage`."""
    try:
        if path.exists() or path.is_symlink():
            _remove_dead(path)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            made.bind(str(path))
        finally:
            os.umask(mask)
        made.listen(128)
    except OSError as error:
        raise CannotServe(str(path), error.strerror or error, "--socket PATH") from error
    return made


def _remove_dead(path: Path) -> None:
    """Remove a socket at which nobody listens. Raises `Usage` for anything else."""
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise CannotServe(str(path), "it is not a socket", "--socket PATH")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise CannotServe(str(path), "another server listens there", "--socket PATH")


def make(projects: Mapping[str, Project], hosts: frozenset[str]) -> uvicorn.Server:
    """Return the server of these repositories, not started yet."""
    return uvicorn.Server(settings(application(projects, hosts)))


def run(server: uvicorn.Server, sockets: list[socket.socket], begun: Callable[[], None]) -> None:
    """Serve until a signal ends it; `begun` is called once connections are taken."""
    with suppress(ValueError, OSError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8 * CONNECTIONS)), hard))

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(sockets=sockets))
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        begun()
        await serving

    asyncio.run(serve())


def settings(app: Any) -> uvicorn.Config:
    """Return the settings of the HTTP server."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http=Protocol,
        ws="websockets-sansio",
        ws_max_size=FRAME,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=HEADERS,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=1,
    )
