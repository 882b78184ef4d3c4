"""A server, with real connections: in this process on a thread of its own, or in a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from gitcoord.interfaces.http import project, server

if TYPE_CHECKING:
    from collections.abc import Iterator


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


@contextmanager
def process(repo: Place, *words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """`git coord serve` as a process; with what it says of itself."""
    argv = ["git-coord", "serve", *words, "--json"]
    server = subprocess.Popen(argv, cwd=repo.top, env=repo.env, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server, json.loads(server.stdout.readline())
    finally:
        server.kill()
        server.communicate(timeout=20)


def bearer(said: dict[str, Any]) -> dict[str, str]:
    """The header that says who asks."""
    return {"authorization": f"Bearer {Path(said['projects'][0]['token']).read_text().strip()}"}
