"""Who may ask: each rule of the gate, by a request that breaks it."""

from __future__ import annotations

import contextlib
import hmac
import socket
import stat
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gitcoord.errors import Usage
from gitcoord.interfaces.http import access, connections, server
from gitcoord.interfaces.http import tokens as tokens_module
from gitcoord.interfaces.http.gate import BODY
from gitcoord.interfaces.http.tokens import FILES, Tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.serving import Served

    from gitcoord.interfaces.http.tokens import Rights

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost",
        "[::1]",
        "127.0.0.1.:{port}",
        "0.0.0.0:{port}",
        "",
    ],
)
def test_a_name_that_is_not_ours_is_turned_away(served: Served, host: str) -> None:
    """A name that leads to this machine by a trick of DNS, or with another port: whatever the token."""
    said = {"host": host.format(port=served.port)}
    answer = served.client.get("/api/v1/status", headers=said)
    assert answer.status_code == 421
    both = {**said, "origin": f"http://{said['host']}"}
    assert served.client.get("/api/v1/status", headers=both).status_code == 421, "foreign and equal"


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_our_names_are_ours(served: Served, host: str) -> None:
    """Each loopback name with the port."""
    said = {"host": host.format(port=served.port)}
    assert served.client.get("/api/v1/status", headers=said).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1:{port}", "null", "http://localhost:{port}"],
)
def test_a_page_of_another_origin_is_turned_away(served: Served, origin: str) -> None:
    """With the token or the cookie, to read or to write; no answer says that another origin may ask."""
    said = {"origin": origin.format(port=served.port)}
    for answer in (
        served.client.get("/api/v1/status", headers=said),
        served.client.post("/api/v1/claim", headers=said, json={"scopes": ["src"]}),
        served.client.options("/api/v1/claim", headers={**said, "access-control-request-method": "POST"}),
    ):
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_our_own_page_may_ask(served: Served) -> None:
    """Its origin is the name by which the server was asked."""
    said = {"origin": served.address}
    assert served.client.post("/api/v1/whoami", headers=said, json={}).status_code in (200, 404)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_another_page_made_is_turned_away(served: Served, site: str) -> None:
    """Browsers say so, also of a page at another port of this machine, to which cookies are sent."""
    cookie = {"cookie": f"{served.project.tokens.cookie_name()}={served.project.tokens.cookie('all')}"}
    said = {**cookie, "authorization": "", "sec-fetch-site": site, "sec-fetch-mode": "no-cors"}
    del said["authorization"]
    assert served.client.get("/api/v1/status", headers=said).status_code == 403


def test_nobody_without_a_token_gets_in(served: Served) -> None:
    """Not without one, with a wrong one, with one in the query, or with half of one."""
    token = served.project.tokens.read("all")
    client = served.client
    for said in ("", "Bearer", "Bearer x", f"Bearer {token[:-1]}", f"Basic {token}", f"Bearer {token}x", token):
        answer = client.get("/api/v1/status", headers={"authorization": said})
        assert answer.status_code == 401, said
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert client.get(f"/api/v1/status?token={token}", headers={"authorization": ""}).status_code == 401
    assert client.get("/api/v1/openapi.json", headers={"authorization": ""}).status_code == 401


def test_tokens_are_private_and_can_be_withdrawn(served: Served) -> None:
    """256 bits each in files that only their owner reads; without the file nobody gets in."""
    for rights in ("all", "read"):
        path = served.project.tokens.path(rights)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(bytes.fromhex(path.read_text().strip())) == 32
    path = served.project.tokens.path("read")
    reads = served.bearer("read")
    assert served.client.get("/api/v1/status", headers=reads).status_code == 200
    path.chmod(0o644)
    served.project.tokens.make()
    assert served.client.get("/api/v1/status", headers=reads).status_code == 401, "others could have read it"
    path.unlink()
    assert served.client.get("/api/v1/status", headers=served.bearer("read")).status_code == 401
    served.project.tokens.make()
    assert served.client.get("/api/v1/status", headers=served.bearer("read")).status_code == 200


def test_a_token_can_be_for_reading_only(served: Served) -> None:
    """It may ask for whatever changes nothing, and do nothing."""
    reads = served.bearer("read")
    assert served.client.get("/api/v1/claims", headers=reads).status_code == 200
    assert served.client.post("/api/v1/claims", json={}, headers=reads).status_code == 200
    for path in ("claim", "send", "halt", "init", "rules", "inbox", "task/next"):
        answer = served.client.post(f"/api/v1/{path}", json={}, headers=reads)
        assert answer.status_code in (403, 422), path
        assert answer.status_code == 403 or answer.json()["reason"] == "usage"
    fields = {"scopes": ["src"]}
    assert served.client.post("/api/v1/claim", json=fields, headers=reads).status_code == 403


def test_a_cookie_writes_only_from_our_page(served: Served) -> None:
    """A form of another page sends the cookie, too: a write has to say its origin, and be JSON."""
    said = {"cookie": f"{served.project.tokens.cookie_name()}={served.project.tokens.cookie('all')}"}
    del served.client.headers["authorization"]
    try:
        client = served.client
        assert client.get("/api/v1/status", headers=said).status_code == 200
        assert client.post("/api/v1/whoami", json={}, headers=said).status_code == 403
        ours = {**said, "origin": served.address}
        assert client.post("/api/v1/claims", json={}, headers=ours).status_code == 200
        wrong = {"cookie": said["cookie"][:-1] + "g"}
        assert client.get("/api/v1/status", headers=wrong).status_code == 401
    finally:
        served.client.headers.update(served.bearer())


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_taken(served: Served, kind: str) -> None:
    """What a form of another page can send is not read."""
    answer = served.client.post("/api/v1/claim", content=b'{"scopes": ["src"]}', headers={"content-type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/../v1/status",
        "/api/v1/./status",
        "/api//v1/status",
        "//api/v1/status",
        "/api/v1/%73tatus",
        "/api/v1/status/",
        "/api%2fv1%2fstatus",
        "/static/../api/v1/status",
        "/static/..%2f..%2ftokens.py",
        "/API/v1/status",
        "/api/v1/status%00",
        "/static/../../tokens.py",
    ],
)
def test_a_path_is_what_is_written(served: Served, path: str) -> None:
    """Nothing is decoded, shortened or completed: such a path is not one of ours, with the token or without."""
    for token in (served.bearer()["authorization"], "none"):
        text = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nAuthorization: {token}\r\n\r\n"
        assert raw(served, text.encode()).split()[1] in (b"404", b"401"), path


def raw(served: Served, data: bytes) -> bytes:
    """Send bytes; returns the first that come back."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(data)
        return connection.recv(65536)


def test_two_hosts_are_none(served: Served) -> None:
    """A request with two names is not passed on by the better one."""
    text = f"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nHost: evil.example\r\n\r\n"
    assert raw(served, text.encode()).split()[1] in (b"400", b"421")


def test_a_body_has_a_limit(served: Served) -> None:
    """Said or not said: what is beyond it is not read."""
    big = b'{"scopes": ["' + b"x" * BODY + b'"]}'
    assert served.client.post("/api/v1/claim", content=big, headers=JSON).status_code == 413

    def parts() -> list[bytes]:
        return [big[at : at + 65536] for at in range(0, len(big), 65536)]

    assert served.client.post("/api/v1/claim", content=iter(parts()), headers=JSON).status_code == 413
    for path in ("/api/v1/status", "/api/v1/events", "/board.json"):
        assert served.client.request("GET", path, content=big).status_code == 413, "said, and of no use"
        with contextlib.suppress(httpx.TransportError):  # not said: such a client counts as gone
            assert served.client.request("GET", path, content=iter(parts())).status_code in (200, 503)
    long = f"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nX: {'x' * server.HEADERS * 8}".encode()
    assert raw(served, long).split()[1] == b"400"


def test_every_response_carries_the_policy(served: Served) -> None:
    """Also one that was turned away: nothing foreign is loaded, framed, guessed or kept."""
    token = {"authorization": ""}
    for answer in (
        served.get("/api/v1/status"),
        served.get("/nosuch"),
        served.client.get("/", headers=token),
        served.client.get("/api/v1/status", headers={"host": "evil.example"}),
    ):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';") and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "server" not in answer.headers
    assert served.client.get("/", headers=token).headers["cache-control"] == "no-store"


def test_a_client_that_says_nothing_is_let_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection and does not ask, or does not come to the end of asking, loses it."""
    monkeypatch.setattr(connections, "IDLE", 0.3)
    for said in (b"", b"GET /api/v1/status HT", b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n"):
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.sendall(said)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(10) == b""


def test_a_body_that_does_not_come_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has some seconds to arrive."""
    from gitcoord.interfaces.http import commands

    monkeypatch.setattr(commands, "SLOWEST", 0.3)
    text = (
        f"POST /api/v1/claim HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Type: application/json\r\n"
        f"Authorization: {served.bearer()['authorization']}\r\nContent-Length: 10\r\n\r\n{{"
    )
    assert raw(served, text.encode()).split()[1] == b"422"


def test_connections_have_a_limit(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those beyond it are told so, whether they ask or not; those beyond twice as many are closed without a word."""
    monkeypatch.setattr(connections, "CONNECTIONS", 50)
    monkeypatch.setattr(connections, "LINGER", 20)
    assert served.get("/api/v1/claims").status_code == 200
    crowd = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(120)]
    try:
        crowd[60].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert served.get("/api/v1/claims").status_code == 200, "the connection that was there stays"
        assert all(b"connections are open already" in heard(one) for one in crowd[50:98])
        assert all(heard(one) == b"" for one in crowd[-20:])
        crowd[0].settimeout(0.05)
        with pytest.raises(TimeoutError):
            crowd[0].recv(1)
    finally:
        for connection in crowd:
            connection.close()


def heard(connection: socket.socket) -> bytes:
    """What a client hears until the server says nothing more."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while more := connection.recv(65536):
            found += more
    return found


def test_what_was_asked_is_in_the_log(served: Served) -> None:
    """Each request with its time, rights, session, path and status; no token, no body, no query."""
    served.client.get("/api/v1/claims", headers={"coord-session": "nobody-00000000"}, params={"paths": "secret"})
    served.client.get("/api/v1/status", headers={"authorization": "Bearer wrong"})
    asked, turned = served.log()[-2:]
    assert (asked["rights"], asked["session"], asked["method"], asked["path"], asked["status"]) == (
        *("all", "nobody-00000000", "GET"),
        "/api/v1/claims",
        404,
    )
    assert (turned["rights"], turned["status"]) == ("none", 401)
    path = served.project.tokens.path("all").parent / "access.log"
    text = path.read_text()
    assert served.project.tokens.read("all") not in text and "secret" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_goes_on_is_in_the_log_from_its_beginning(served: Served) -> None:
    """A WebSocket and a stream have a line when they begin, so that a killed server leaves one, and one at the end."""
    events, refused = "/api/v1/events", "/api/v2/orchestration/ws"
    address, before = f"ws://127.0.0.1:{served.port}", len(served.log())

    def phases(method: str) -> list[tuple[int, str]]:
        return [
            (line["status"], line["phase"])
            for line in served.log()[before:]
            if (line["method"], line["path"]) == (method, events)
        ]

    with served.client.stream("GET", events) as answer:
        assert answer.status_code == 200
        assert phases("GET") == [(200, "begin")]
    wait_for(lambda: phases("GET") == [(200, "begin"), (200, "end")])
    with connect(f"{address}{events}", additional_headers=served.bearer(), proxy=None):
        assert phases("WEBSOCKET") == [(101, "begin")]
    wait_for(lambda: phases("WEBSOCKET") == [(101, "begin"), (101, "end")])
    with pytest.raises(InvalidStatus) as error, connect(f"{address}{refused}", additional_headers=served.bearer()):
        pass
    assert error.value.response.headers["x-content-type-options"] == "nosniff"
    last = served.log()[-1]
    assert (last["path"], last["status"], "phase" in last) == (refused, 400, False)


def test_the_log_begins_anew(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its limit it is put aside, and the one before that goes: two logs at most, and no line lost between them."""
    assert access.MOST == 8 << 20
    path = served.project.tokens.path("all").parent / "access.log"
    old = path.with_name("access.log.old")
    for _ in range(2):
        monkeypatch.setattr(access, "MOST", 1 << 30)
        paths = [f"/api/v1/nosuch-{number}" for number in range(6)]
        for asked in paths[:3]:
            served.get(asked)
        wait_for(lambda: path.read_text().count("nosuch-2") and path.read_text().endswith("\n"))
        full = path.read_text()
        monkeypatch.setattr(access, "MOST", len(full) - 1)
        for asked in paths[3:]:
            served.get(asked)
        wait_for(lambda: "nosuch-5" in path.read_text())
        assert old.read_text() == full
        assert [line["path"] for line in served.log()] == paths[3:]
    assert sorted(file.name for file in path.parent.glob("access*")) == ["access.log", "access.log.old"]
    assert stat.S_IMODE(old.stat().st_mode) == stat.S_IMODE(path.stat().st_mode) == 0o600


def wait_for(so: Callable[[], Any]) -> None:
    """Wait until something is so: a line of the log comes after the answer."""
    give_up = time.monotonic() + 10
    while not so():
        assert time.monotonic() < give_up
        time.sleep(0.01)


class Secret(str):
    """A text that may be encoded, and neither compared nor looked into."""

    __slots__ = ()

    def _forbidden(self, *_: object) -> Any:
        raise AssertionError("a secret was compared, and not in constant time")

    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = __getitem__ = _forbidden
    startswith = endswith = find = index = _forbidden
    __hash__ = None  # type: ignore[assignment]


def test_secrets_are_compared_in_constant_time(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """By `hmac.compare_digest` alone, both of them, whichever is right, by each way in: bearer, cookie, signing in."""
    tokens, compared = served.project.tokens, list[bytes]()
    known: dict[Rights, str] = {rights: tokens.read(rights) for rights in FILES}
    cookies: dict[Rights, str] = {rights: tokens.cookie(rights) for rights in FILES}
    compare = hmac.compare_digest

    def noted(one: bytes, other: bytes) -> bool:
        compared.append(other)
        return compare(one, other)

    monkeypatch.setattr(tokens_module, "hmac", SimpleNamespace(compare_digest=noted, new=hmac.new))
    monkeypatch.setattr(Tokens, "read", lambda _, rights: Secret(known[rights]))
    monkeypatch.setattr(Tokens, "cookie", lambda _, rights: Secret(cookies[rights]))
    name, ours = tokens.cookie_name(), {"origin": served.address}
    for said, right in ((known["all"], True), (known["read"], True), ("0" * 64, False)):
        asked: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("GET", "/api/v1/claims", {"headers": {"authorization": f"Bearer {said}"}}),
            ("POST", "/sign-in", {"headers": ours, "json": {"token": said}}),
            ("POST", "/sign-in", {"headers": ours, "data": {"token": said}}),
        )
        for method, path, fields in asked:
            with httpx.Client(base_url=served.address, trust_env=False) as bare:
                compared.clear()
                assert (bare.request(method, path, **fields).status_code in (200, 303)) == right
                assert [each.decode() for each in compared[-2:]] == [*known.values()], "all, whichever is right"
    for said, right in ((cookies["all"], True), (cookies["read"], True), ("0" * 64, False)):
        with httpx.Client(base_url=served.address, trust_env=False, headers={"cookie": f"{name}={said}"}) as bare:
            compared.clear()
            assert (bare.get("/api/v1/claims").status_code == 200) == right
            assert [each.decode() for each in compared] == [*cookies.values()]


def test_only_this_machine_can_connect(served: Served) -> None:
    """The sockets are bound to the loopback addresses, both of them, and to nothing else."""
    sockets = server.listen(0)
    try:
        assert {found.getsockname()[0] for found in sockets} <= {"127.0.0.1", "::1"}
        assert len({found.getsockname()[1] for found in sockets}) == 1
        assert {found.proto for found in sockets} == {socket.IPPROTO_TCP}, "else asyncio leaves Nagle's algorithm on"
        with pytest.raises(Usage, match="cannot serve at port"):
            server.listen(sockets[0].getsockname()[1])
    finally:
        for found in sockets:
            found.close()


def test_a_socket_is_its_owners_alone(tmp_path: Path) -> None:
    """It has mode 0600; one that a dead server left is replaced, one of a living server and a file are not."""
    path = tmp_path / "coord.sock"
    first = server.listen_at(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(Usage, match="another server listens"):
        server.listen_at(path)
    first.close()
    server.listen_at(path).close()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(Usage, match="not a socket"):
        server.listen_at(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
