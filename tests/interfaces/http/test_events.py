"""Events over server-sent events and WebSockets: told soon, resumed without loss, and nobody slows others down."""

from __future__ import annotations

import asyncio
import json
import socket
import statistics
import threading
import time
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from support.serving import serving
from support.waiting import until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from gitcoord.domain.history import watch
from gitcoord.interfaces.http import events, server, sockets, stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from conftest import Repo
    from support.serving import Served
    from websockets.sync.client import ClientConnection


@contextmanager
def socket_of(served: Served, path: str = "/api/v1/events", **headers: str) -> Iterator[ClientConnection]:
    """A WebSocket, with the token."""
    address = f"ws://127.0.0.1:{served.port}{path}"
    with connect(address, additional_headers=served.bearer() | headers, proxy=None, open_timeout=20) as found:
        yield found


@contextmanager
def narrow(served: Served) -> Iterator[ClientConnection]:
    """A WebSocket of a client that takes little at a time."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", served.port))
    address = f"ws://127.0.0.1:{served.port}/api/v1/events"
    with connect(address, sock=plain, additional_headers=served.bearer(), max_queue=1, close_timeout=0) as found:
        yield found


def say(found: ClientConnection, **message: Any) -> None:
    """Send a message."""
    found.send(json.dumps(message))


def hear(found: ClientConnection, kind: str = "event") -> dict[str, Any]:
    """The next message of a type."""
    while True:
        said: dict[str, Any] = json.loads(found.recv(timeout=20))
        if said["type"] == kind:
            return said
        assert said["type"] != "error", said


def subscribe(found: ClientConnection, **fields: Any) -> str:
    """Subscribe; returns the cursor from which events come."""
    say(found, type="subscribe", **fields)
    return str(hear(found, "subscribed")["cursor"])


def test_an_operation_is_told_at_once(served: Served, shared_repo: Repo) -> None:
    """Whoever listens hears of it, as `git coord watch --json` tells it, and soon."""
    bob = shared_repo.start("bob")
    taken = []
    with socket_of(served) as found:
        subscribe(found, id="all")
        for number in range(12):
            shared_repo.here("claim", f"slot:soon-{number}", session=bob, check=True)
            began = time.monotonic()
            said = hear(found)
            taken.append(time.monotonic() - began)
            assert (said["topic"], said["subscriptions"]) == ("claim", ["all"])
            assert said["event"]["scopes"] == [f"slot:soon-{number}"]
    watched = shared_repo.here("log", "--kind", "claim", "--limit", "1", "--json", check=True).json["events"][0]
    assert {key: said["event"][key] for key in watched} == watched
    assert statistics.median(taken) < 1.0, "100 ms on a machine of its own: docs/performance.md"


def test_a_subscription_has_topics_and_filters(served: Served, shared_repo: Repo) -> None:
    """By wildcards, kind, session, role, type and priority: heard is what was asked for, until no more is asked."""
    ann, ben = shared_repo.start("ann", "--role", "tester"), shared_repo.start("ben")
    wants: dict[str, dict[str, Any]] = {
        "mail": {"topics": ["message.shop.#"]},
        "tasks": {"topics": ["task.*"]},
        "claims": {"kinds": ["claim", "release"]},
        "ann": {"session": "ann"},
        "role": {"role": "tester"},
        "loud": {"priority": "high"},
        "build": {"types": ["build"]},
    }
    with socket_of(served) as found:
        for name, fields in wants.items():
            say(found, type="subscribe", id=name, **fields)
        assert {hear(found, "subscribed")["id"] for _ in wants} == set(wants)
        shared_repo.coord("send", "all", "hi", "--topic", "shop.ci", "--priority", "high", session=ben, check=True)
        assert set(hear(found)["subscriptions"]) == {"mail", "loud"}
        shared_repo.coord("task", "add", "a task", "--type", "build", session=ben, check=True)
        assert set(hear(found)["subscriptions"]) == {"tasks", "build"}
        shared_repo.coord("claim", "slot:filters", session=ann, check=True)
        assert set(hear(found)["subscriptions"]) == {"claims", "ann", "role"}
        for name in ("ann", "role"):
            say(found, type="unsubscribe", id=name)
            hear(found, "unsubscribed")
        shared_repo.coord("release", "slot:filters", session=ann, check=True)
        assert hear(found)["subscriptions"] == ["claims"]


def test_a_client_resumes_where_it_was(served: Served, shared_repo: Repo) -> None:
    """From its cursor on, each event once, while more of them happen; also those of more than one page."""
    cat = shared_repo.start("cat")
    with socket_of(served) as found:
        cursor = subscribe(found)
        shared_repo.coord("claim", "slot:resume", session=cat, check=True)
        last = hear(found)["event"]
        assert last["kind"] == "claim"
        assert subscribe(found, id="late") == last["id"], "what was told already is before it"
    names = [f"slot:while-away-{number}" for number in range(5)]
    for name in names:
        shared_repo.coord("claim", name, session=cat, check=True)
    more = [f"slot:at-once-{number}" for number in range(5)]

    def claim_more() -> None:
        for name in more:
            shared_repo.coord("claim", name, session=cat)

    busy = threading.Thread(target=claim_more)
    before = events.PAGE
    events.PAGE = 2
    try:
        with socket_of(served) as found:
            busy.start()
            say(found, type="subscribe", kinds=["claim"], since=cursor)
            told = [hear(found)["event"]["scopes"][0] for _ in range(1 + len(names) + len(more))]
        assert told == ["slot:resume", *names, *more]
    finally:
        events.PAGE = before
        busy.join()
    with served.client.stream(
        "GET", "/api/v1/events", params={"kind": "claim"}, headers={"last-event-id": cursor}
    ) as s:
        assert s.headers["content-type"].startswith("text/event-stream")
        lines = s.iter_lines()
        told = []
        while len(told) < len(names) + 1:
            line = next(lines)
            if line.startswith("data: {") and "scopes" in line:
                told.append(json.loads(line.removeprefix("data: "))["scopes"][0])
        assert told == ["slot:resume", *names]
    assert served.get("/api/v1/events", since="ffffffff").status_code == 404
    assert served.get("/api/v1/events", since="nonsense").status_code == 422
    assert served.get("/api/v1/events", topics="claim").status_code == 422, "it would hear of everything"


def test_server_sent_events_go_on(served: Served, shared_repo: Repo) -> None:
    """What happens after the stream is ready comes on it, with the id to resume from."""
    dan = shared_repo.start("dan")
    with served.client.stream("GET", "/api/v1/events", params={"topic": "claim"}) as stream:
        lines = stream.iter_lines()
        while next(lines) != "event: ready":
            pass
        shared_repo.coord("claim", "slot:sent", session=dan, check=True)
        line = next(line for line in lines if line.startswith("id: "))
        said = json.loads(next(lines).removeprefix("data: "))
        assert (said["scopes"], said["id"]) == (["slot:sent"], line.removeprefix("id: "))


@pytest.mark.parametrize(
    ("text", "code"),
    [("[]", 1007), ("{", 1007), ('{"type": "nosuch"}', 0), ('{"type": "subscribe", "topics": ["a..b"]}', 0)],
)
def test_what_makes_no_sense_is_said(served: Served, text: str, code: int) -> None:
    """A message that is not one closes the connection; one that cannot be done is answered."""
    with socket_of(served) as found:
        found.send(text)
        if code:
            with pytest.raises(ConnectionClosed) as closed:
                found.recv(timeout=20)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == code
        else:
            assert json.loads(found.recv(timeout=20))["reason"] == "usage"
            subscribe(found)


def test_a_wrong_type_in_a_subscription_is_said(served: Served) -> None:
    """Numbers for topics, a list for a session: the connection goes on."""
    wrong: list[dict[str, Any]] = [{"topics": 1}, {"topics": [1]}, {"session": []}, {"kinds": ["x"]}, {"priority": "x"}]
    wrong += [{"kind": "claim"}, {"topic": "claim"}]  # it would hear of everything
    with socket_of(served) as found:
        for fields in wrong:
            say(found, type="subscribe", **fields)
            assert json.loads(found.recv(timeout=20))["type"] == "error", fields


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"authorization": "Bearer wrong"},
        {"Host": "evil.example"},
    ],
)
def test_a_handshake_is_turned_away(served: Served, headers: dict[str, str]) -> None:
    """As any other request is: another origin, another name, no token."""
    address = f"ws://127.0.0.1:{served.port}/api/v1/events"
    with (
        pytest.raises(InvalidStatus) as turned,
        connect(address, additional_headers=served.bearer() | headers, proxy=None),
    ):
        pass
    assert turned.value.response.status_code in (401, 403, 421, 400)


def test_a_page_with_the_cookie_alone_cannot_connect(served: Served) -> None:
    """A handshake with a cookie has to say its origin, and it has to be ours."""
    cookie = {"Cookie": f"{served.project.tokens.cookie_name()}={served.project.tokens.cookie('all')}"}
    address = f"ws://127.0.0.1:{served.port}/api/v1/events"
    with pytest.raises(InvalidStatus), connect(address, additional_headers=cookie, proxy=None):
        pass
    with connect(address, additional_headers={**cookie, "Origin": served.address}, proxy=None) as found:
        subscribe(found)


def test_a_slow_client_is_cut_off_and_others_hear_everything(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes nothing is told why it is cut off, and the others have every event, in order."""
    monkeypatch.setattr(events, "BEHIND", 5)
    eve = repo.start("eve")
    with serving(repo) as served, socket_of(served) as good, narrow(served) as slow:
        subscribe(good)
        subscribe(slow)
        listeners = served.project.feed._listeners
        assert len(listeners) == 2
        body = "x" * 60_000
        told: list[str] = []
        # The slow one takes nothing, so what it is sent stands in buffers until they are full.
        for number in range(60):
            repo.here("send", "all", f"number {number}", "-m", body, session=eve, check=True)
            told.append(hear(good)["event"]["subject"])
            if len(listeners) == 1:
                break
        assert len(listeners) == 1, "the slow one is not waited for"
        assert told == [f"number {number}" for number in range(len(told))]
        repo.here("send", "all", "after", session=eve, check=True)
        assert hear(good)["event"]["subject"] == "after"
        heard, last = [], {}
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                last = json.loads(slow.recv(timeout=20))
                heard += [last["event"]["subject"]] if last["type"] == "event" else []
        assert heard == told[: len(heard)] and len(heard) < len(told), "what it was sent, and nothing beyond that"
        assert last["type"] == "error" and "5 events behind: resume with the last id" in last["message"]
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
        assert closed.value.rcvd.reason in last["message"]


def test_a_message_of_a_client_has_a_limit(served: Served) -> None:
    """One that is as long is read, one that is longer closes the connection, before anything of it is kept."""
    with socket_of(served) as found:
        found.send(json.dumps({"type": "ping", "rest": ""}).replace('""', f'"{"x" * (server.FRAME - 30)}"'))
        assert hear(found, "heartbeat")
        with pytest.raises(ConnectionClosed) as closed:
            found.send(json.dumps({"type": "ping", "rest": "x" * server.FRAME}))
            while True:
                found.recv(timeout=20)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009


def test_a_connection_has_so_many_subscriptions(served: Served) -> None:
    """64; another one is refused, and the connection goes on: one may be changed, or given up for another."""
    assert sockets.SUBSCRIPTIONS == 64
    with socket_of(served) as found:
        for number in range(64):
            say(found, type="subscribe", id=str(number), kinds=["halt"])
        assert {hear(found, "subscribed")["id"] for _ in range(64)} == {str(number) for number in range(64)}
        say(found, type="subscribe", id="more")
        said = json.loads(found.recv(timeout=20))
        assert said["type"] == "error" and "64 subscriptions" in said["message"]
        say(found, type="subscribe", id="7", kinds=["claim"])
        assert hear(found, "subscribed")["id"] == "7"
        say(found, type="unsubscribe", id="8")
        assert hear(found, "unsubscribed")["id"] == "8"
        say(found, type="subscribe", id="more")
        assert hear(found, "subscribed")["id"] == "more"


def test_so_many_listen(served: Served, shared_repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """300; whoever comes beyond that is told so, by both ways, and is taken once another one has gone."""
    assert events.LISTENERS == 300
    monkeypatch.setattr(events, "LISTENERS", 2)
    give_up = time.monotonic() + 20
    while served.project.feed._listeners:  # of the tests before
        assert time.monotonic() < give_up
        time.sleep(0.01)
    shared_repo.start("many")  # so that there is something after which to go on
    with socket_of(served) as one:
        cursor = subscribe(one)
        with socket_of(served) as two, socket_of(served) as three:
            subscribe(two)
            say(three, type="subscribe")
            said = json.loads(three.recv(timeout=20))
            assert said["type"] == "error" and said["message"].startswith("2 clients listen already")
            refused = served.get("/api/v1/events")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
            with served.client.stream("GET", "/api/v1/events", params={"since": cursor}) as late:
                said = "\n".join(late.iter_lines())  # it had begun with what was before, and ends with the reason
            assert said.partition("event: error")[2].partition("data: ")[2].count("2 clients listen already") == 1
        while len(served.project.feed._listeners) > 1:
            assert time.monotonic() < give_up
            time.sleep(0.01)
        with socket_of(served) as four:
            subscribe(four)


def test_a_stream_that_nobody_reads_is_let_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its client takes nothing, and where it went before the first line; others may listen in its place."""
    monkeypatch.setattr(stream, "QUIET", 0.01)

    async def answer(*, reads: bool) -> None:
        found = events.Listener()
        feed = events.Feed(served.project.asker)
        feed._listeners.add(found)
        project: Any = SimpleNamespace(feed=feed)

        async def lines() -> AsyncIterator[str]:
            yield "data: {}\n\n"

        async def send(_: Any) -> None:
            if not reads:
                found.end("too far behind")
                await asyncio.sleep(20)
            raise OSError

        async def receive() -> Any:
            await asyncio.sleep(20)

        with suppress(Exception):
            response = stream._SentEvents(stream.Stream(project, found), found, lines())
            await response({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)
        assert not feed._listeners

    for reads in (False, True):
        asyncio.run(asyncio.wait_for(answer(reads=reads), 5))


def test_what_nobody_foresaw_ends_no_feed(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever listens is told that it is a bug, and whoever comes next hears what happens."""

    def broken(*_: object) -> None:
        raise KeyError("unforeseen")

    with monkeypatch.context() as patch, socket_of(served) as found:
        patch.setattr(watch, "follow", broken)
        say(found, type="subscribe")
        with pytest.raises(ConnectionClosed) as closed:
            found.recv(timeout=5)
            found.recv(timeout=5)
        assert closed.value.rcvd is not None and "this is a bug" in closed.value.rcvd.reason
    assert "KeyError" in capsys.readouterr().err
    with socket_of(served) as found:
        subscribe(found)


def test_nobody_listens_and_nothing_runs(repo: Repo) -> None:
    """With the last listener the thread ends, and the next one starts another."""

    def followers() -> int:
        return sum(thread.name == "events" for thread in threading.enumerate())

    with serving(repo) as served:
        before = followers()
        for _ in range(2):
            with socket_of(served) as found:
                subscribe(found)
                assert followers() == before + 1
            until(lambda: followers() <= before)


def test_listeners_are_told_that_the_repository_is_gone(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are cut off with the reason, in the same words by both ways, and may come again."""
    monkeypatch.setattr("gitcoord.domain.history.watch.HUB_EVERY", 0.2)
    with serving(repo) as served, socket_of(served) as found, served.client.stream("GET", "/api/v1/events") as sent:
        subscribe(found)
        lines = sent.iter_lines()
        while next(lines) != "event: ready":
            pass
        (repo.top / ".git").rename(repo.top.parent / "gone")
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                found.recv(timeout=20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1013 and closed.value.rcvd.reason
        while next(lines) != "event: error":
            pass
        assert json.loads(next(lines).removeprefix("data: "))["message"].startswith(closed.value.rcvd.reason)
