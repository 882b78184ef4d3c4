"""The orchestration API, by a client that knows nothing but the table of docs/orchestration.md."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gitcoord.interfaces.http.orchestration import agents, paths, sessions
from gitcoord.interfaces.http.orchestration.deed import Deed

if TYPE_CHECKING:
    import httpx
    from conftest import Repo
    from support.serving import Served

BASE = "/api/v2/orchestration"
TABLE = Path(__file__).parents[3] / "docs" / "orchestration.md"


class Client:
    """A client written from the table: it remembers which of its rows it used."""

    def __init__(self, served: Served) -> None:
        self._http = served.client
        self.project = served.project.name
        self.used: set[str] = set()

    def ask(self, row: str, expect: int = 200, /, path: dict[str, str] | None = None, **fields: Any) -> Any:
        """Make the request of a row, with what its path and its fields say."""
        method, _, place = row.partition(" ")
        self.used.add(row)
        place = BASE + place.format(**{"project": self.project, **(path or {})})
        if method == "GET":
            answer = self._http.get(place, params=fields)
        elif method == "DELETE":
            answer = self._http.delete(place)
        else:
            answer = self._http.request(method, place, json=fields)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def ran(self, command: str, session: str = "", **fields: Any) -> httpx.Response:
        """Ask a command of ours."""
        headers = {"coord-session": session} if session else {}
        return self._http.post(f"/api/v1/{command}", json=fields, headers=headers)


def rows() -> set[str]:
    """The requests that the table names."""
    return set(re.findall(r"^\| `((?:GET|POST|PATCH|DELETE) /[^`]*)`", TABLE.read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def client(served: Served) -> Client:
    """One client for all tests."""
    return Client(served)


def test_the_table_has_every_path() -> None:
    """And no other one; and of each the fields, beside those that say for whom it is done."""
    assert rows() == {f"{path.method} {path.path}" for path in paths.PATHS}
    said = dict(re.findall(r"^\| `((?:GET|POST|PATCH|DELETE) /[^`]*)` \|([^|]*)\|", TABLE.read_text(), re.MULTILINE))
    for path in paths.PATHS:
        named = re.sub(r": list of .*|\([^)]*\)", "", said[f"{path.method} {path.path}"])
        missing = set(path.fields) - set(re.findall(r"`(\w+)`", named))
        assert missing <= set(paths.ACTOR) and set(re.findall(r"`(\w+)`", named)) <= set(path.fields), path


@pytest.mark.slow
def test_every_request_of_the_table(client: Client) -> None:
    """A day of an orchestrator: sessions, agents, locks, tasks, state, a handoff."""
    ask = client.ask
    one = ask("POST /sessions", session_id="lead", user_id="u1", project_id=client.project,
              capabilities=["python"], metadata={"work": "the shop", "tier": 2})["session_id"]  # fmt: skip
    two = ask("POST /sessions", session_id="second")["session_id"]
    listed = ask("GET /sessions", project_id=client.project, status="active")["sessions"]
    assert {one, two} <= {each["session_id"] for each in listed}
    assert ask("GET /sessions", status="disconnected")["sessions"] == []
    beat = ask("POST /sessions/{session}/heartbeat", path={"session": one}, status="active", active_agents=["a", "b"],
               resource_usage={"cpu": 0.5})  # fmt: skip
    assert beat["session_id"] == one
    (shown,) = [each for each in ask("GET /sessions")["sessions"] if each["session_id"] == one]
    assert (shown["user_id"], shown["metadata"]) == ("u1", {"work": "the shop", "tier": 2})
    assert (shown["active_agents"], shown["resource_usage"], shown["action"]) == (["a", "b"], {"cpu": 0.5}, "active")

    worker = ask("POST /agents", agent_id="worker", session_id=one, type="coder", capabilities=["python"],
                 status="starting")["agent_id"]  # fmt: skip
    assert ask("POST /agents", agent_id="worker", status="busy")["agent_id"] == worker
    other = ask("POST /agents", agent_id="other", session_id=two, type="builder")["agent_id"]
    lock = ask("POST /agents/{agent}/lock", path={"agent": worker}, resource="src/a.py", timeout=600, reason="the a")
    shown = ask("GET /agents/{agent}", path={"agent": worker})
    assert (shown["session_id"], shown["type"], shown["status"]) == (one, "coder", "busy")
    assert [held["lock_id"] for held in shown["locks"]] == [lock["lock_id"]]
    refused = ask("POST /agents/{agent}/lock", 409, path={"agent": other}, resource="src", reason="all")
    assert (refused["reason"], refused["conflicts"][0]["held"]["session"]) == ("held", worker)
    ask("DELETE /agents/{agent}/locks/{lock}", 409, path={"agent": other, "lock": lock["lock_id"]})
    ask("DELETE /agents/{agent}/locks/{lock}", path={"agent": worker, "lock": lock["lock_id"]})
    ask("DELETE /agents/{agent}/locks/{lock}", 404, path={"agent": worker, "lock": lock["lock_id"]})

    first = ask("POST /projects/{project}/tasks", title="build", type="build", priority="high",
                agent_requirements=["python"], payload={"target": "all"}, timeout=600)  # fmt: skip
    then = ask("POST /projects/{project}/tasks", type="deploy", dependencies=[first["task_id"]])
    tasks = ask("GET /projects/{project}/tasks", limit=1, offset=0)
    assert (len(tasks["tasks"]), tasks["total"]) == (1, 2)
    place = {"task": first["task_id"]}
    row = "PATCH /projects/{project}/tasks/{task}"
    assert ask(row, path=place, status="running", agent_id=worker)["agent_id"] == worker
    ask(row, 409, path=place, status="running", agent_id=other)
    assert ask(row, path=place, progress=40, agent_id=worker)["progress"] == 40
    assert ask(row, path=place, status="running", progress=60, agent_id=worker)["progress"] == 60
    mine = ask("GET /projects/{project}/tasks", agent_id=worker, status="running")["tasks"]
    assert [each["task_id"] for each in mine] == [first["task_id"]]
    done = ask(row, path=place, status="completed", result={"ok": True}, agent_id=worker)
    assert (done["status"], done["progress"]) == ("completed", 100)
    late = {"task": then["task_id"]}
    ask(row, path=late, status="running", session_id=two)
    assert ask(row, path=late, status="failed", error="no network", session_id=two)["error"] == "no network"
    ask(row, path=late, status="cancelled", session_id=two)

    assert ask("GET /projects/{project}/state") == {"state": {}, "version": 0}
    state = "PATCH /projects/{project}/state"
    updates = [
        {"path": "build", "operation": "set", "value": {"n": 1}},
        {"path": "log", "operation": "set", "value": []},
    ]
    assert ask(state, version=0, updates=updates, session_id=one)["version"] == 1
    more = [
        {"path": "log", "operation": "append", "value": "built"},
        {"path": "build.n", "operation": "set", "value": 2},
    ]
    assert ask(state, version=1, updates=more, session_id=two)["version"] == 2
    assert ask(state, 409, version=1, updates=more, session_id=two)["reason"] == "stale"
    ask(state, version=2, updates=[{"path": "build.n", "operation": "remove"}], session_id=one)
    assert ask("GET /projects/{project}/state") == {"state": {"build": {}, "log": ["built"]}, "version": 3}

    offered = ask("POST /sessions/{session}/handoff", path={"session": one}, target_session=two, message="I stop here",
                  context={"next": "deploy"}, tasks=[])  # fmt: skip
    assert (offered["status"], offered["target_session"]) == ("open", two)
    assert client.used == rows(), "every row of the table"


@pytest.mark.parametrize(
    ("row", "fields", "status"),
    [
        ("PATCH /projects/{project}/state", {"updates": []}, 422),
        ("PATCH /projects/{project}/state", {"updates": [{"path": "a", "operation": "grow"}]}, 422),
        ("PATCH /projects/{project}/state", {"updates": [1], "version": 0}, 422),
        ("PATCH /projects/{project}/state", {"updates": [{"path": "a", "operation": "set"}]}, 422),
        ("PATCH /projects/{project}/state", {"updates": [{"path": "a", "operation": "remove", "value": 1}]}, 422),
        ("PATCH /projects/{project}/state", {"updates": [{"path": "a", "operation": "remove", "of": 1}]}, 422),
        ("PATCH /projects/{project}/state", {"updates": [{"path": "a", "operation": "remove"}], "if": 1}, 422),
        ("GET /projects/{project}/tasks", {"state": "running"}, 422),
        ("GET /projects/{project}/tasks", {"limit": 0}, 422),
        ("GET /projects/{project}/tasks", {"limit": 1001}, 422),
        ("GET /projects/{project}/tasks", {"status": ["running", "failed"]}, 422),
        ("POST /projects/{project}/tasks", {"priority": "urgent"}, 422),
        ("POST /projects/{project}/tasks", {"dependencies": "x"}, 422),
        ("POST /projects/{project}/tasks", {"timeout": -1}, 422),
        ("POST /sessions", {"capabilities": [1]}, 422),
        ("POST /sessions", {"project_id": "other"}, 404),
        ("POST /sessions", {"user": "u1"}, 422),
        ("GET /sessions", {"status": "asleep"}, 422),
        ("GET /sessions", {"state": "idle"}, 422),
        ("POST /agents", {"agent_id": "x", "session_id": "nobody-00000000"}, 404),
        ("POST /agents", {"status": "dancing"}, 422),
    ],
)
def test_what_makes_no_sense_is_said(client: Client, row: str, fields: dict[str, Any], status: int) -> None:
    """With a reason and a message, and nothing is done."""
    assert client.ask(row, status, **fields)["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"progress": 40, "result": {"ok": True}},
        {"status": "failed", "result": {"ok": True}},
        {"status": "completed", "error": "none"},
        {"status": "cancelled", "progress": 3},
        {"progress": 101},
    ],
)
def test_a_field_that_would_be_dropped_is_refused(client: Client, fields: dict[str, Any]) -> None:
    """It goes with another status; the task stays as it is."""
    row = "PATCH /projects/{project}/tasks/{task}"
    me = client.ask("POST /sessions", session_id="dropper")["session_id"]
    made = client.ask("POST /projects/{project}/tasks", title="whole", session_id=me)["task_id"]
    client.ask(row, 422, path={"task": made}, status="running", progress=101, session_id=me)
    assert client.ask("GET /projects/{project}/tasks", agent_id=me, status="running")["tasks"] == [], "not taken"
    client.ask(row, path={"task": made}, status="running", session_id=me)
    assert client.ask(row, 422, path={"task": made}, session_id=me, **fields)["message"].startswith(
        ("result goes with", "error goes with", "progress goes with", "progress is a number")
    )
    mine = client.ask("GET /projects/{project}/tasks", agent_id=me, status="running")["tasks"]
    assert [(each["task_id"], each["progress"]) for each in mine] == [(made, None)]
    client.ask(row, path={"task": made}, status="cancelled", session_id=me)


def test_what_cannot_be_kept_of_a_session_starts_none(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused as a whole; and of sessions that are over nothing is kept any longer."""
    first = client.ask("POST /sessions", session_id="kept", user_id="u2", metadata={"a": 1})
    assert (first["user_id"], first["metadata"], first["status"]) == ("u2", {"a": 1}, "active")
    place = {"session": first["session_id"]}
    for _ in range(2):
        assert client.ask("POST /sessions/{session}/heartbeat", path=place, active_agents=3)["load_kept"] is True
    beat = client.ask("POST /sessions/{session}/heartbeat", path=place, resource_usage={"x": "y" * 200_000})
    assert beat["at"] and beat["load_kept"] is False and "bytes" in beat["message"], "it lives all the same"
    client.ask("POST /sessions/{session}/heartbeat", 422, path=place, status="x" * 201)
    client.ask("POST /sessions", 422, session_id="too-large", metadata={"x": "y" * 200_000})
    ask = Deed.ask
    with monkeypatch.context() as patch:  # without a name the window of an agent has its session again
        known = {"session": place["session"]}
        patch.setattr(Deed, "ask", lambda deed, *said, **how: known if said[0] == "start" else ask(deed, *said, **how))
        client.ask("POST /sessions", 422, metadata={"x": "y" * 200_000})
    known = {each["name"]: each for each in client.ask("GET /sessions")["sessions"]}
    assert "too-large" not in known
    assert (known["kept"]["user_id"], known["kept"]["metadata"], known["kept"]["active_agents"]) == ("u2", {"a": 1}, 3)
    assert client.ran("end", place["session"]).status_code == 200
    late = client.ask("POST /sessions", session_id="comes-later", metadata={"b": 2})["session_id"]
    assert place["session"] not in client.ran("state/get", scope="sessions").json()["value"]
    assert client.ran("state/set", late, scope="sessions", key=late, value="3").status_code == 200
    client.ask("POST /sessions/{session}/heartbeat", path={"session": late}, resource_usage={"cpu": 1})
    known = {each["name"]: each for each in client.ask("GET /sessions")["sessions"]}
    assert known["comes-later"]["resource_usage"] == {"cpu": 1}, "whatever somebody wrote there"
    kept = sessions._kept
    monkeypatch.setattr(sessions, "_kept", lambda deed: kept(deed) | {"gone-00000000": {}})
    client.ask("POST /sessions", session_id="at-once", metadata={"c": 3})  # another request removes the same


def test_an_agent_is_of_its_session(client: Client) -> None:
    """Another session's agent of the same name is another one; what it is does not change, and its status on demand."""
    lead, other = (client.ask("POST /sessions", session_id=name)["session_id"] for name in ("lead-1", "lead-2"))
    said: dict[str, Any] = {"agent_id": "same", "type": "coder", "capabilities": ["c"]}
    one = client.ask("POST /agents", session_id=lead, status="busy", **said)
    assert client.ask("POST /agents", session_id=lead, **said) == one, "busy, as it was"
    client.ask("POST /agents", 422, session_id=lead, agent_id="same", type="tester")
    client.ask("POST /agents", 422, session_id=lead, agent_id="same", capabilities=["d"])
    two = client.ask("POST /agents", session_id=other, **said)
    assert (two["agent_id"] != one["agent_id"], two["session_id"], two["status"]) == (True, other, "ready")
    assert "2 live sessions" in client.ask("POST /agents", 422, agent_id="same", status="error")["message"]
    client.ask("GET /agents/{agent}", 422, path={"agent": "same"})
    assert client.ask("GET /agents/{agent}", path={"agent": one["agent_id"]}) == one


def test_a_lock_has_whatever_name_a_file_can_have() -> None:
    """Its id gives the scope back, also where that is not UTF-8."""
    asked: list[Any] = []
    path = {"agent": "x", "lock": agents._lock("a\udcff.py")}
    agents.unlock(cast("Deed", SimpleNamespace(path=path, ask=lambda *_, scopes: asked.extend(scopes))))
    assert asked == ["a\udcff.py"]


def test_another_project_is_not_here(client: Client, served: Served) -> None:
    """Each repository has its own; and who only reads does nothing."""
    assert served.client.get(f"{BASE}/projects/elsewhere/state").status_code == 404
    reads = served.bearer("read")
    assert served.client.get(f"{BASE}/sessions", headers=reads).status_code == 200
    assert served.client.post(f"{BASE}/sessions", json={}, headers=reads).status_code == 403


def listening(served: Served) -> Any:
    """A WebSocket of the orchestration API."""
    address = f"ws://127.0.0.1:{served.port}{BASE}/ws"
    return connect(address, additional_headers=served.bearer(), subprotocols=["orchestration-v2"], proxy=None)  # type: ignore[list-item]


def hear(found: Any, kind: str = "") -> dict[str, Any]:
    """The next message, of this type where one is named."""
    while True:
        said: dict[str, Any] = json.loads(found.recv(timeout=20))
        if kind in ("", said["type"]):
            return said


def subscribe(found: Any, **fields: Any) -> None:
    """Subscribe, and be subscribed."""
    found.send(json.dumps({"type": "subscribe", **fields}))
    assert hear(found)["type"] == "subscribed"


def test_a_conflict_over_a_resource_is_told(served: Served, shared_repo: Repo) -> None:
    """A claim that is refused by the ledger is not recorded; one that is waited for is told, and a takeover, too."""
    ann, bob = shared_repo.start("conflict-ann"), shared_repo.start("conflict-bob")
    shared_repo.here("claim", "slot:fought", session=ann, check=True)
    with listening(served) as found:
        subscribe(found, topics=["resources.#"])
        assert shared_repo.here("claim", "slot:fought", "--wait", "1s", session=bob).status == 1
        said = hear(found)
        assert (said["type"], said["topic"]) == ("resource_conflict", "resources.conflict-bob")
        assert (said["data"]["kind"], said["data"]["scopes"]) == ("waiting", ["slot:fought"])
        assert said["cursor"] == said["data"]["id"] and said["timestamp"] == said["data"]["time"]
        shared_repo.here("claim", "slot:fought", "--override", "-m", "it is urgent", session=bob, check=True)
        said = hear(found)
        assert (said["type"], said["data"]["kind"]) == ("resource_conflict", "take")


def test_a_subscription_has_filters_and_ends(served: Served, shared_repo: Repo) -> None:
    """By type of agent, kind, session and priority, which have to hold together; after `unsubscribe` nothing comes."""
    ann = shared_repo.start("filter-ann", "--role", "painter")
    bob = shared_repo.start("filter-bob", "--role", "printer")

    def work(session: str, title: str) -> None:
        shared_repo.here("task", "add", title, session=session, check=True)

    for filters in ({"agent_type": "painter"}, {"session": ann}, {"kind": "task-add", "session": "filter-ann"}):
        with listening(served) as found:
            subscribe(found, id="one", filters=filters)
            work(bob, "of bob")
            shared_repo.here("send", "all", "of no word of theirs", session=ann, check=True)
            work(ann, "of ann")
            assert hear(found)["data"]["subject"] == "add task of ann", filters
    with listening(served) as found:
        subscribe(found, filters={"priority": "high", "session": ann})
        shared_repo.here("task", "add", "that can wait", session=ann, check=True)
        shared_repo.here("state", "set", "s", "k", "1", session=ann, check=True)
        hot = json.loads(
            shared_repo.here("task", "add", "hot", "--priority", "critical", "--json", session=ann, check=True).out
        )
        assert hear(found)["data"]["subject"] == "add task hot"
        shared_repo.here("task", "take", hot["id"], session=ann, check=True)
        taken = hear(found)["data"]
        assert (taken["kind"], taken["priority"]) == ("task-take", "critical"), "what happens to it, too"
        shared_repo.here("halt", "-m", "stop", "--only", "slot:loud", session=ann, check=True)
        assert hear(found)["type"] == "emergency_broadcast"
        found.send(json.dumps({"type": "subscribe", "filters": {"priority": "urgent"}}))
        said = hear(found)
        assert (said["type"], said["reason"]) == ("error", "usage")
    with listening(served) as found:
        subscribe(found, id="all", topics=["tasks.#"])
        subscribe(found, id="anns", topics=["tasks.filter-ann"])
        found.send(json.dumps({"type": "unsubscribe", "id": "all"}))
        assert hear(found) == {"type": "unsubscribed", "id": "all"}
        work(bob, "unheard")
        work(ann, "heard")
        assert hear(found)["data"]["subject"] == "add task heard"
        found.send(json.dumps({"type": "unsubscribe", "id": "anns"}))
        assert hear(found)["type"] == "unsubscribed"
        work(ann, "unheard, too")
        found.send(json.dumps({"type": "heartbeat"}))
        assert hear(found)["type"] == "heartbeat", "nothing before it"
        found.send(json.dumps({"type": "unsubscribe", "id": "anns"}))
        assert hear(found)["reason"] == "not_found"


def test_events_have_their_words(served: Served, shared_repo: Repo) -> None:
    """Every type of the table but errors, with topics, filters and a cursor that resumes."""
    ann = shared_repo.start("ann.lee", "--role", "coder")
    address = f"ws://127.0.0.1:{served.port}{BASE}/ws"
    with listening(served) as found:
        assert found.subprotocol == "orchestration-v2"
        found.send(json.dumps({"type": "heartbeat"}))
        assert hear(found)["type"] == "heartbeat"
        found.send(json.dumps({"type": "subscribe", "id": "all", "topics": ["*.ann-lee"], "filters": {"session": ann}}))
        assert hear(found)["type"] == "subscribed"
        heard = {}
        for command in (
            ("task", "add", "t"),
            ("state", "set", "s", "k", "1"),
            ("beat", "on it", "--progress", "5"),
            ("handoff", "offer", "next", "-m", "x"),
            ("claim", "slot:orch"),
            ("halt", "-m", "stop", "--only", "slot:orch"),
        ):
            shared_repo.coord(*command, session=ann)
            if command[0] != "claim":
                said = hear(found)
                heard[said["type"]] = said["topic"]
        assert heard == {
            "task_update": "tasks.ann-lee",
            "state_change": "state.ann-lee",
            "agent_status": "agents.ann-lee",
            "handoff_request": "handoffs.ann-lee",
            "emergency_broadcast": "emergency.ann-lee",
        }
        cursor = said["cursor"]
    shared_repo.coord("task", "add", "later", session=ann)
    with listening(served) as found:
        found.send(json.dumps({"type": "subscribe", "topics": ["tasks.#"], "since": cursor}))
        said = hear(found)
        assert (said["type"], said["data"]["subject"]) == ("task_update", "add task later")
        found.send(json.dumps({"type": "subscribe", "filters": {"nosuch": 1}}))
        while (said := hear(found))["type"] != "error":
            pass
        assert said["reason"] == "usage"
    with pytest.raises(InvalidStatus), connect(address, additional_headers=served.bearer(), proxy=None):
        pass
