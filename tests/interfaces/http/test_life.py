"""The life of a server: killed, doubled, at a socket, asked nonsense. It keeps nothing, so nothing is lost."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.serving import bearer, process, serving
from support.torture import TIMES, every

from gitcoord.interfaces.http.orchestration import paths
from gitcoord.interfaces.http.orchestration.paths import BASE
from gitcoord.interfaces.http.server import listen_at

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from conftest import Repo
    from support.serving import Served


@pytest.mark.slow
def test_a_killed_server_loses_nothing(repo: Repo) -> None:
    """What it answered is in the ledger; the next one, at a socket, has the same token and goes on."""
    won: list[str] = []
    with process(repo, "--port", "0") as (server, said):
        with httpx.Client(base_url=said["address"], headers=bearer(said), timeout=30, trust_env=False) as client:
            killer = threading.Timer(0.8, os.kill, (server.pid, signal.SIGKILL))
            killer.start()
            try:
                for number in range(10_000):
                    answer = client.post("/api/v1/claim", json={"scopes": [f"slot:k{number}"]})
                    assert answer.status_code == 200
                    won.append(f"slot:k{number}")
            except httpx.TransportError:
                pass
        killer.join()
        first = bearer(said)
    assert won
    path = repo.top.parent / "serve.sock"
    with process(repo, "--socket", str(path)) as (server, said):
        assert bearer(said) == first
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        transport = httpx.HTTPTransport(uds=str(path))
        with httpx.Client(base_url="http://localhost", transport=transport, headers=first, timeout=30) as client:
            held = [one["scope"] for one in client.get("/api/v1/claims").json()["claims"]]
            assert set(won) <= set(held) and len(held) <= len(won) + 1
            assert client.get("/api/v1/claims", headers={"host": "evil.example"}).status_code == 421
        server.terminate()
        assert server.wait(20) == 0
        assert not path.exists()
    ran = repo.here("doctor", "--full")
    assert ran.status == 0, "\n".join(line for line in ran.out.splitlines() if not line.startswith("ok"))


@pytest.mark.slow
def test_two_servers_serve_one_repository(repo: Repo) -> None:
    """They share tokens and state; of two that claim the same, one wins, and each tells what the other did."""
    with serving(repo) as one, serving(repo) as two:
        ann, bob = repo.start("ann"), repo.start("bob")
        assert two.get("/api/v1/whoami").status_code == one.get("/api/v1/whoami").status_code
        for number in range(3):
            answers: list[int] = []

            def claim(served: Served, session: str, scope: str, found: list[int] = answers) -> None:
                found.append(served.post("/api/v1/claim", session, scopes=[scope]).status_code)

            scope = f"slot:race-{number}"
            racers = [threading.Thread(target=claim, args=(*who, scope)) for who in ((one, ann), (two, bob))]
            for racer in racers:
                racer.start()
            for racer in racers:
                racer.join()
            assert sorted(answers) == [200, 409]
        assert len(one.get("/api/v1/claims").json()["claims"]) == 3
        assert one.get("/api/v1/claims").json()["claims"] == two.get("/api/v1/claims").json()["claims"]


def test_a_server_that_cannot_be_is_said(repo: Repo) -> None:
    """A port that is taken, a browser for a socket, a repository named twice."""
    with serving(repo) as served:
        taken = repo.here("serve", "--port", str(served.port))
        assert (taken.status, "choose another" in taken.err) == (2, True)
    both = repo.here("serve", "--socket", "x", "--open")
    assert (both.status, "exclude each other" in both.err) == (2, True)
    twice = repo.here("serve", "--repo", ".", "--repo", str(repo.top))
    assert (twice.status, "named already" in twice.err) == (2, True)


def test_a_browser_is_not_started_with_the_token(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody on the machine sees the arguments of a program: it is a private file that leads to the board."""
    opened: list[str] = []

    def begin(_: object, sockets: list[socket.socket], begun: Callable[[], None]) -> None:
        begun()
        for each in sockets:
            each.close()

    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("gitcoord.interfaces.http.server.run", begin)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    for _ in range(2):
        assert repo.here("serve", "--port", "0", "--open").status == 0
    page = Path(opened[1].removeprefix("file://"))
    token = (repo.top / ".git" / "coord" / "serve" / "token").read_text().strip()
    assert token not in opened[1] and re.search(rf"url=http://127\.0\.0\.1:\d+/sign-in#{token}", page.read_text())
    assert page.stat().st_mode & 0o777 == 0o600


def test_the_socket_of_another_server_stays(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends takes its own socket away, and not the one that stands there by now."""
    path = repo.top.parent / "serve.sock"
    theirs: list[socket.socket] = []

    def begin(_: object, sockets: list[socket.socket], __: object) -> None:
        path.unlink()
        theirs.append(listen_at(path))
        sockets[0].close()

    monkeypatch.setattr("gitcoord.interfaces.http.server.run", begin)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert repo.here("serve", "--socket", str(path)).status == 0
    theirs[0].close()
    assert path.exists()


SPARED = ("uninit", "init", "agent", "gc", "doctor", "sync", "events")
"""Commands that are not asked at random: they change more than the ledger, or take long; and a stream, without end."""


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["running", "completed", "failed", "cancelled", "pending", "busy", "idle", "high", "a.b.c"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip

UPDATES = st.lists(
    st.fixed_dictionaries(
        {"path": st.sampled_from(["a", "a.b", "a.b.0", "", ".", "~/x"]) | VALUES,
         "operation": st.sampled_from(["set", "append", "remove"]) | VALUES},
        optional={"value": VALUES},
    ),
    max_size=3,
)  # fmt: skip


@pytest.mark.slow
def test_no_request_of_the_orchestration_api_is_a_bug(repo: Repo) -> None:
    """Whatever its fields hold, of the types of the table or not, with ids that there are and that there are not."""
    with serving(repo) as served:
        client = served.client
        one = client.post(f"{BASE}/sessions", json={"session_id": "one"}).json()["session_id"]
        task = client.post(f"{BASE}/projects/repo/tasks", json={"title": "t"}).json()["task_id"]
        lock = client.post(f"{BASE}/agents/{one}/lock", json={"resource": "slot:x"}).json()["lock_id"]
        ids = {"project": "repo", "session": one, "agent": one, "task": task[:8], "lock": lock}
        for path, names in fields_of_the_table().items():
            ask_at_random(client, path, names, ids)


def ask_at_random(client: httpx.Client, path: str, names: list[str], ids: dict[str, str]) -> None:
    """Make requests of one row of the table, each of which has to be answered, or refused with a message."""
    method, _, place = path.partition(" ")
    odd = st.from_regex(r"[A-Za-z0-9_:@~-]{1,20}", fullmatch=True)
    known = {name: st.sampled_from([*ids.values(), "slot:y"]) | VALUES for name in names}
    if "updates" in known:
        known["updates"] = UPDATES | VALUES

    @settings(
        max_examples=6 * TIMES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        given=st.fixed_dictionaries({}, optional=known),
        where=st.fixed_dictionaries({name: st.just(value) | odd for name, value in ids.items()}),
    )
    def ask(given: dict[str, Any], where: dict[str, str]) -> None:
        said: dict[str, Any] = {"params": {name: str(value) for name, value in given.items()}}
        if method not in ("GET", "DELETE"):
            said = {"content": json.dumps(given), "headers": {"content-type": "application/json"}}
        answer = client.request(method, f"{BASE}{place.format(**where)}", **said)
        assert answer.status_code in (200, 404, 409, 422, 503), (path, where, given, answer.text)
        assert answer.status_code == 200 or answer.json()["message"]

    ask()


def fields_of_the_table() -> dict[str, list[str]]:
    """The fields of each request of docs/orchestration.md."""
    text = (Path(__file__).parents[3] / "docs" / "orchestration.md").read_text()
    rows = re.findall(r"^\| `((?:GET|POST|PATCH|DELETE) /[^`]*)` \|([^|]*)\|", text, re.MULTILINE)
    found = {row: re.findall(r"`(\w+)`", names) for row, names in rows}
    assert set(found) == {f"{path.method} {path.path}" for path in paths.PATHS}
    return found


@pytest.mark.slow
def test_no_request_is_a_bug(repo: Repo) -> None:
    """Whatever the description allows, and what is like it, is answered: no operation says 500 (schemathesis)."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    with serving(repo) as served:
        document = served.get("/api/v1/openapi.json").json()
        schema = schemathesis.openapi.from_dict(document)
        asked = 0
        operations = [result.ok() for result in schema.get_all_operations()]
        for operation in every(7, operations):
            if operation.path.removeprefix("/api/v1/").partition("/")[0] in SPARED:
                continue

            @settings(
                max_examples=TIMES,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def ask(case: Any) -> None:
                nonlocal asked
                asked += 1
                answer = case.call(base_url=served.address, headers=served.bearer(), timeout=30)
                assert answer.status_code != 500, (case.method, case.path, case.body, answer.text)

            ask()
        assert asked >= len(operations) // 10
