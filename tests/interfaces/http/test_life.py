"""The life of a server: killed, doubled, at a socket, asked nonsense. It keeps nothing, so nothing is lost."""

from __future__ import annotations

import os
import signal
import stat
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from support.serving import bearer, process, serving
from support.torture import TIMES, every

if TYPE_CHECKING:
    from conftest import Repo
    from support.serving import Served


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


SPARED = ("uninit", "init", "agent", "gc", "doctor", "sync")
"""Commands that are not asked at random: they change more than the ledger, or take long."""


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
