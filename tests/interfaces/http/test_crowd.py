"""A server with a crowd at its door: those beyond its limit are told so, and the others notice nothing."""

from __future__ import annotations

import resource
import selectors
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from support.busy import RATE, messages
from support.serving import bearer, process
from support.torture import TIMES
from support.waiting import until

from gitcoord.interfaces.http.connections import CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo

CROWD = 1000
LISTENERS = 200 if TIMES > 1 else 50

GROWN = 24 << 20
"""Bytes by which the server may be larger with all of them: three times what it was."""


@pytest.fixture
def many_files() -> Iterator[None]:
    """This process may have a file for each of the crowd, and sees what the server has."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("there is no /proc here")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CROWD + 200
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"a process may have {hard} files here, and the test needs {wanted}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def files(pid: int) -> int:
    """How many files a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def size(pid: int) -> int:
    """The memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.slow
def test_a_thousand_connections(repo: Repo, many_files: None) -> None:
    """Some listen, have a WebSocket or keep their connection, most say nothing; who was there is answered as before."""
    with (
        process(repo, "--port", "0") as (server, said),
        httpx.Client(base_url=said["address"], headers=bearer(said), timeout=30, trust_env=False) as client,
    ):
        assert client.get("/api/v1/claims").status_code == 200
        before, small = files(server.pid), size(server.pid)
        crowd = [Guest(said["address"], bearer(said)["authorization"]) for _ in range(CROWD)]
        listen, talk, keep = crowd[:20], crowd[20:60], crowd[60:200]
        try:
            for one in crowd[CONNECTIONS - 1 :]:
                assert one.hears(b"connections are open already").startswith(b"HTTP/1.1 503 ")
            for one in listen:
                one.asks("/api/v1/events", b"event: ready")
            for one in talk:
                one.asks("/api/v1/events", b"HTTP/1.1 101 ", *UPGRADE)
            for one in keep:
                one.asks("/static/icon.svg", b"</svg>")
            assert client.post("/api/v1/claim", json={"scopes": ["slot:crowd"]}).status_code == 200
            for one in listen:
                one.hears(b"slot:crowd")
            for one in keep:
                one.asks("/static/icon.svg", b"</svg>")
            assert size(server.pid) - small < GROWN
        finally:
            for one in crowd:
                one.socket.close()
        assert client.get("/api/v1/claims").json()["claims"][0]["scope"] == "slot:crowd"
        until(lambda: files(server.pid) <= before)


@pytest.mark.slow
def test_all_who_listen_hear_everything(repo: Repo, many_files: None) -> None:
    """Each is told of every operation, however many there are a second, and the server is no larger for it."""
    sessions = [repo.start(f"busy-{number}") for number in range(5)]
    with process(repo, "--port", "0") as (server, said), selectors.DefaultSelector() as selector:
        crowd = [Guest(said["address"], bearer(said)["authorization"]) for _ in range(LISTENERS)]
        for one in crowd:
            one.asks("/api/v1/events", b"event: ready")
            selector.register(one.socket, selectors.EVENT_READ, one)
        made, small = 0, 0
        for _ in messages(repo, sessions):
            made += 1
            if made % 10 == 0:
                _let_hear(selector, 0)
            if made == RATE:
                small = size(server.pid)
        give_up = time.monotonic() + 30
        while min(one.told for one in crowd) < made and time.monotonic() < give_up:
            _let_hear(selector, 0.2)
        print(f"after {time.monotonic() - give_up + 30:.1f} s; {small >> 20} to {size(server.pid) >> 20} MiB")
        assert {one.told for one in crowd} == {made}
        assert size(server.pid) - small < 8 << 20
        for one in crowd:
            one.socket.close()


def _let_hear(selector: selectors.BaseSelector, seconds: float) -> None:
    """Let those hear for whom there is something."""
    for key, _ in selector.select(seconds):
        key.data.hear_events()


KEY = "A" * 22 + "=="
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}")


EVENT = b"\ndata: {"


class Guest:
    """A connection of its own, and nothing more."""

    def __init__(self, address: str, token: str) -> None:
        self._host = address.removeprefix("http://")
        self._token = token
        self.told = 0
        self._rest = b""
        self.socket = socket.create_connection(("127.0.0.1", int(self._host.rpartition(":")[2])), timeout=20)

    def asks(self, path: str, answer: bytes, *headers: str) -> None:
        """Ask, and hear an answer that has these words."""
        lines = (f"GET {path} HTTP/1.1", f"Host: {self._host}", f"Authorization: {self._token}", *headers, "", "")
        self.socket.sendall("\r\n".join(lines).encode())
        self.hears(answer)

    def hear_events(self) -> None:
        """Count the events of what has come."""
        more = self._rest + self.socket.recv(1 << 20)
        self.told += more.count(EVENT)
        self._rest = more[1 - len(EVENT) :]

    def hears(self, words: bytes) -> bytes:
        """Hear until these words have come; returns what was heard."""
        heard = b""
        while words not in heard:
            more = self.socket.recv(65536)
            assert more, heard
            heard += more
        return heard
