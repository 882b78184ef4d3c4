"""A server of a long history that was not read yet: it answers what it can, and says of the rest when to ask again."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.serving import serving
from websockets.sync.client import connect

from gitcoord.domain.history import feed
from gitcoord.interfaces import background
from gitcoord.kernel import coordfile

if TYPE_CHECKING:
    from conftest import Repo
    from support.serving import Served

PATIENCE = 30


@pytest.fixture
def unread(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository whose history counts as long, and is not read yet."""
    alice, _ = repo.start("alice"), repo.start("bob", "--lease", "1h")
    for number in range(5):
        repo.here("claim", f"slot:{number}", session=alice, check=True)
    monkeypatch.setattr(feed, "LONG", 5)
    for file in (repo.top / ".git" / "coord").glob(f"{coordfile.CHRONICLE}*"):
        file.unlink()
    return repo


def ask_until(served: Served, path: str) -> Any:
    """The first answer that is not a 503."""
    give_up = time.monotonic() + PATIENCE
    while (answer := served.get(path)).status_code == 503:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    return answer


def test_what_needs_the_history_is_told_to_ask_again(unread: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process reads it, nobody waits for that; claims and claiming need no history and are answered at once."""
    may_end, started = threading.Event(), list[str]()
    read = background.wait_for

    def held_back(place: Any, what: str) -> None:
        started.append(what)
        assert may_end.wait(PATIENCE)
        read(place, what)

    monkeypatch.setattr(background, "wait_for", held_back)
    with serving(unread) as served:
        assert not served.project.is_read
        for path in ("/api/v1/status", "/api/v1/log", "/board.json", "/", "/api/v1/events"):
            answer = served.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), path
        said = served.get("/api/v1/log").json()
        assert said["reason"] == "unreadable" and "read for the first time" in said["message"]
        assert served.get("/api/v1/claims").status_code == 200
        assert served.post("/api/v1/claim", scopes=["slot:now"]).status_code == 200
        address = f"ws://127.0.0.1:{served.port}/api/v1/events"
        with connect(address, additional_headers=served.bearer(), proxy=None) as found:
            found.send(json.dumps({"type": "subscribe"}))
            assert "read for the first time" in json.loads(found.recv(timeout=20))["message"]
        assert started == ["history"]
        may_end.set()
        answer = ask_until(served, "/api/v1/log")
        assert answer.status_code == 200 and len(answer.json()["events"]) >= 6
        assert served.get("/board.json").status_code == 200
        assert started == ["history"]


def test_what_is_refused_so_left_nothing_behind(unread: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that changes something and cannot be told yet has not changed it: it may be asked again."""
    monkeypatch.setattr(background, "wait_for", lambda *_: None)
    refused = []
    with serving(unread, session="bob") as served:
        asked: dict[str, dict[str, Any]] = {
            "send": {"to": "alice", "subject": "hello"},
            "ask": {"to": "alice", "subject": "look", "type": "review"},
            "claim": {"scopes": ["src"]},
            "beat": {"action": "here"},
            "state/set": {"scope": "s", "key": "k", "value": "1"},
            "task/add": {"title": "a task"},
            "task/next": {},
            "decide": {"text": "so", "why": "because"},
            "number": {"name": "n"},
            "handoff/offer": {"to": "next", "why": "enough"},
            "halt": {"reason": "stop", "only": ["slot:x"]},
            "release": {"scopes": ["src"]},
            "inbox": {},
            "end": {},
        }
        for path, fields in asked.items():
            before = unread.git("for-each-ref", "refs/coord")
            answer = served.post(f"/api/v1/{path}", **fields)
            assert answer.status_code in (200, 503), (path, answer.text)
            if answer.status_code == 503:
                refused.append(path)
                assert unread.git("for-each-ref", "refs/coord") == before, path
    assert "inbox" in refused and "claim" not in refused, refused


@pytest.mark.slow
def test_a_history_that_is_short_is_read_at_once(unread: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one that was read before."""
    with serving(unread) as served:
        ask_until(served, "/api/v1/status")
    with serving(unread) as served:
        assert served.project.is_read and served.get("/api/v1/status").status_code == 200
    for file in (unread.top / ".git" / "coord").glob(f"{coordfile.CHRONICLE}*"):
        file.unlink()
    monkeypatch.setattr(feed, "LONG", 500)
    with serving(unread) as served:
        assert served.project.is_read and served.get("/api/v1/status").status_code == 200
