"""A server in this process: on a thread of its own, at a free port, with real connections."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from gitcoord.interfaces.http import project, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Place(Protocol):
    """A work tree, and the environment of its commands."""

    @property
    def top(self) -> Path:
        """Where it is."""

    @property
    def env(self) -> dict[str, str]:
        """The environment."""


class Served:
    """A server, and a client that has its token."""

    def __init__(self, projects: dict[str, project.Project], port: int) -> None:
        self.projects = projects
        self.project = next(iter(projects.values()))
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.address, headers=self.bearer(), timeout=30, trust_env=False)

    def bearer(self, rights: Any = "all") -> dict[str, str]:
        """The header that says who asks."""
        return {"authorization": f"Bearer {self.project.tokens.read(rights) or 'none'}"}

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Ask for something, with the token."""
        return self.client.get(path, params=query)

    def post(self, path: str, session: str = "", **fields: Any) -> httpx.Response:
        """Do something, with the token."""
        return self.client.post(path, json=fields, headers={"coord-session": session} if session else {})

    def log(self) -> list[dict[str, Any]]:
        """The lines of the access log."""
        text = (self.project.tokens.path("all").parent / "access.log").read_text()
        return [json.loads(line) for line in text.splitlines()]


@contextmanager
def serving(*repos: Place, session: str = "") -> Iterator[Served]:
    """Serve repositories for the block."""
    projects = project.open_projects([str(repo.top) for repo in repos], repos[0].env, session)
    sockets = server.listen(0)
    port = sockets[0].getsockname()[1]
    made = server.make(projects, server.hosts_of(port))
    thread = threading.Thread(target=lambda: asyncio.run(made.serve(sockets=sockets)), daemon=True)
    thread.start()
    give_up = time.monotonic() + 30
    while not made.started:
        assert time.monotonic() < give_up and thread.is_alive()
        time.sleep(0.005)
    served = Served(projects, port)
    try:
        yield served
    finally:
        served.client.close()
        made.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
