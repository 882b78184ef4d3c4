"""Every command over HTTP: its route, its status, its record, pages, entity tags."""

from __future__ import annotations

import json
import os
import re
import threading
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from openapi_spec_validator import validate
from starlette.requests import Request
from support.serving import serving

from gitcoord.domain.session.identity import VARIABLE
from gitcoord.interfaces import registry
from gitcoord.interfaces.http.asking import Said
from gitcoord.interfaces.http.commands import LOOKING, Lines, offered
from gitcoord.interfaces.http.orchestration.paths import BASE, PATHS
from gitcoord.interfaces.http.stamp import stamp
from gitcoord.interfaces.http.stream import QUERY
from gitcoord.kernel.git import Git

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo
    from support.serving import Served

    from gitcoord.interfaces.stopping import Stop


@pytest.mark.slow
def test_the_description_is_valid_and_has_every_command(served: Served) -> None:
    """It is OpenAPI 3.1, has a path for each command, and GET for those alone that only read."""
    document: Any = served.get("/api/v1/openapi.json").json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    said = {path.removeprefix("/api/v1/").replace("/", " "): set(about) for path, about in document["paths"].items()}
    known = registry.commands()
    stream = document["paths"]["/api/v1/events"]["get"]
    assert {each["name"] for each in stream["parameters"]} == set(QUERY), "events are described, too"
    assert said.pop("events") == {"get"} and set(said) == set(known)
    for name, methods in said.items():
        reads = known[name].does == "reads" or name in LOOKING
        assert methods == ({"get", "post"} if reads else {"post"}), name
    board = document["components"]["schemas"]["domain.board.look.Seen"]["properties"]
    assert board["name"] == {"type": "string"}
    assert board["claims"] == {"type": "array", "items": {"type": "string"}}


def test_an_answer_is_the_record_of_the_command_line(served: Served, shared_repo: Repo) -> None:
    """The same fields with the same values, whether asked by GET, POST or `--json`."""
    alice = shared_repo.start("same")
    shared_repo.coord("claim", "src/a.py", session=alice, check=True)
    said = shared_repo.coord("claims", "src/a.py", "--json", check=True).json
    for answer in (served.get("/api/v1/claims", paths="src/a.py"), served.post("/api/v1/claims", paths=["src/a.py"])):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() | {"as_of": ""} == said | {"as_of": ""}


def test_a_claim_is_won_refused_and_released(served: Served) -> None:
    """200, 409 with who holds it and requests that help, 404 for what is not held."""
    ann, bob = (served.post("/api/v1/start", name=name).json()["session"] for name in ("ann", "bob"))
    won = served.post("/api/v1/claim", ann, scopes=["docs/guide.md"], why="the guide")
    assert (won.status_code, won.json()["result"]) == (200, "won")
    refused = served.post("/api/v1/claim", bob, scopes=["docs/guide.md"])
    said = refused.json()
    assert (refused.status_code, said["reason"], said["result"]) == (409, "held", "refused")
    assert said["conflicts"][0]["held"]["session"] == ann
    assert "ann" in said["message"] and said["remedy"]
    assert served.post("/api/v1/check", bob, paths=["docs/guide.md"]).status_code == 409
    wait = said["next"][0]
    assert (wait["method"], wait["path"]) == ("POST", "/api/v1/claim")
    assert served.post("/api/v1/release", ann, scopes=["docs/guide.md"]).status_code == 200
    assert served.post(wait["path"], bob, **wait["body"]).json()["result"] == "won"
    gone = served.post("/api/v1/release", ann, scopes=["docs/guide.md"])
    assert (gone.status_code, gone.json()["reason"]) in ((404, "not_found"), (409, "not_mine"))
    assert served.get("/api/v1/task/show", id="00000000").status_code == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"scopes": "src"}', "valid list"),
        (b'{"scopes": ["src"], "nosuch": 1}', "nosuch"),
        (b'["src"]', "not a JSON object"),
        (b'{"scopes": ', "is not JSON"),
        (b'{"scopes": ["\\ud800"]}', "surrogate"),
        (b'{"scopes": [1e999]}', "without end"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"scopes":' + b"[" * 200 + b"]" * 200 + b"}", "deeper"),
        (b"\xff\xfe", "is not JSON"),
        (b'{"scopes": ["../outside"]}', "outside"),
        (b'{"scopes": ["src"], "wait": "soon"}', "soon"),
    ],
)
def test_a_request_that_makes_no_sense_is_422(served: Served, body: bytes, said: str) -> None:
    """It says what is wrong, and changes nothing."""
    answer = served.client.post("/api/v1/claim", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (422, "usage")
    assert said in answer.json()["message"]


def test_a_method_that_a_path_does_not_have_is_said(served: Served) -> None:
    """With those that it has, for programs in `Allow` and in words."""
    for method, path, others in (
        ("GET", "/api/v1/claim", {"POST"}),
        ("OPTIONS", "/api/v1/claims", {"GET", "HEAD", "POST"}),
        ("POST", "/board.json", {"GET", "HEAD"}),
        ("POST", "/api/v1/openapi.json", {"GET", "HEAD"}),
    ):
        answer = served.client.request(method, path, json={})
        assert (answer.status_code, answer.json()["reason"]) == (405, "usage")
        assert set(answer.headers["allow"].split(", ")) == others
        assert method in answer.json()["message"] and all(each in answer.json()["hint"] for each in others)


def test_a_query_has_the_types_of_the_fields(served: Served) -> None:
    """Numbers, true and false, lists by repeating the name; anything else is said."""
    assert served.get("/api/v1/claims", paths=["src/a.py", "src/b.py"], mine="false").status_code == 200
    assert served.get("/api/v1/log", limit="3").status_code == 200
    for path, query in (
        ("claims", {"mine": "yes"}),
        ("log", {"limit": "three"}),
        ("log", {"limit": ["1", "2"]}),
        ("claims", {"nosuch": "1"}),
        ("inbox", {"peek": "false"}),
        ("rules", {"key": "person", "value": "warn"}),
        ("claims", {"limit": "-1"}),
        ("claims", {"limit": "0"}),
        ("claims", {"limit": "100000"}),
    ):
        assert served.get(f"/api/v1/{path}", **query).status_code == 422, (path, query)


def test_lists_have_pages_and_filters(served: Served) -> None:
    """Of a command that has none of its own: by place, and by each plain field of what is listed."""
    holder = served.post("/api/v1/start", name="pages", work="lists").json()["session"]
    names = [f"slot:page-{number}" for number in range(5)]
    assert served.post("/api/v1/claim", holder, scopes=names).status_code == 200
    page = served.get("/api/v1/claims", session=holder, limit=2, offset=1).json()
    assert [held["scope"] for held in page["claims"]] == names[1:3]
    assert page["page"] == {"offset": 1, "shown": 2, "total": 5, "next": 3}
    last = served.get("/api/v1/claims", session=holder, limit=2, offset=4).json()
    assert (len(last["claims"]), last["page"]["next"]) == (1, None)
    assert served.get("/api/v1/claims", session=holder, shared="true").json()["claims"] == []
    found = served.get("/api/v1/sessions", name="pages").json()["sessions"]
    assert [each["id"] for each in found] == [holder]


def test_polling_costs_a_comparison(served: Served) -> None:
    """The entity tag stays while nothing is recorded, and changes with an operation, a message, a sign of life."""
    asker = served.post("/api/v1/start", name="poller").json()["session"]
    for path, fields in (
        ("claim", {"scopes": ["slot:polled"]}),
        ("send", {"to": "all", "subject": "hello"}),
        ("beat", {"action": "polling"}),
    ):
        for _ in range(3):  # half a minute may end between two of them
            first = served.get("/api/v1/status")
            tag = first.headers["etag"]
            again = served.client.get("/api/v1/status", headers={"if-none-match": tag})
            if again.status_code == 304:
                break
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = served.client.get("/api/v1/status", headers={"if-none-match": tag, "coord-session": asker})
        assert other.status_code == 200, "another session sees another board"
        assert served.post(f"/api/v1/{path}", asker, **fields).status_code == 200
        after = served.client.get("/api/v1/status", headers={"if-none-match": tag})
        assert (after.status_code, after.headers["etag"] != tag) == (200, True)


def test_a_branch_that_moves_is_news(served: Served, shared_repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit, a branch that a working tree changes to: the old tag holds no more. What reads files has no tag."""

    def tag() -> str:
        return served.get("/api/v1/status").headers["etag"]

    changes = (
        ("-c", "coord.guard=off", "commit", "-q", "--allow-empty", "-m", "a commit"),
        ("branch", "tagged"),
        ("symbolic-ref", "HEAD", "refs/heads/tagged"),
        ("symbolic-ref", "HEAD", "refs/heads/main"),
        ("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"),
        ("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/other"),
    )
    for words in changes:
        before = tag()
        same = tag() == before or tag() == tag()  # half a minute may end between two of them
        assert same, words
        shared_repo.git(*words)
        after = [tag(), tag()]
        assert before not in after, words
    with monkeypatch.context() as patch:
        patch.delattr(Git, "text")
        assert stamp(served.project.place)[0], "git is not asked, also where a clone says what its hub's branch is"
    shared_repo.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    asker = served.post("/api/v1/start", name="tagger").json()["session"]
    for path in ("conflicts", "check", "exports"):
        answer = served.client.get(f"/api/v1/{path}", headers={"coord-session": asker})
        assert "etag" not in answer.headers, path


def test_calls_stand_in_line() -> None:
    """Eight run at once, 256 stand in line, and whoever comes then is told so; the 64 that wait hold nobody up."""
    go_on, running = threading.Event(), {"quick": 0, "patient": 0}
    lock, answers = threading.Lock(), list[int]()

    async def ask(lines: Lines, kind: str) -> None:
        def work(_: Stop) -> Said:
            with lock:
                running[kind] += 1
            assert go_on.wait(20)
            return Said(200, {})

        request = Request({"type": "http"}, receive=anyio.sleep_forever)  # type: ignore[arg-type]
        answers.append((await lines.run(request, work, patient=kind == "patient")).status)

    async def come() -> None:
        lines = Lines()
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                for kind, most in (("patient", 64), ("quick", 8)):
                    for _ in range(most + 256):
                        tasks.start_soon(ask, lines, kind)
                    while running[kind] < most:
                        await anyio.sleep(0.005)
                    assert answers == []
                    await ask(lines, kind)
                    assert answers == [503]
                    answers.clear()
                assert running == {"patient": 64, "quick": 8}
                go_on.set()
        assert answers == [200] * (64 + 8 + 2 * 256)

    anyio.run(come)


def _everything(repo: Repo) -> dict[str, Any]:
    """All refs and all files of the coord directory, but what is a cache and what the server keeps itself."""
    coord = repo.top / ".git" / "coord"
    files = {str(path): path.read_bytes() for path in sorted(coord.rglob("*")) if path.is_file()}
    caches = ("/coord/chronicle", "/coord/radar", "/coord/serve/")
    kept = {name: text for name, text in files.items() if not any(cache in name for cache in caches)}
    return {"refs": repo.git("for-each-ref"), "config": repo.git("config", "--list", "--local"), **kept}


@pytest.mark.slow
def test_get_changes_nothing(served: Served, shared_repo: Repo) -> None:
    """Whatever can be asked by GET leaves refs, configuration and the coord directory as they are.

    Not even the lease of the session that asks is renewed, and its mail stays unread.
    """
    reader = shared_repo.start("reads", "--lease", "10m")
    shared_repo.coord("send", "reads", "unread", session=shared_repo.start("writes"), check=True)
    os.utime(shared_repo.top / ".git" / "coord" / "looked", (1, 1))  # a look round is due
    given: dict[str, dict[str, str]] = {
        "check": {"paths": "src/b.py"},
        "handoff show": {"id": "00000000"},
        "task show": {"id": "00000000"},
        "match": {"text": "a task"},
        "workflow template": {"name": "parallel"},
        "state get": {"scope": "shop"},
        "state history": {"scope": "x"},
    }
    before = _everything(shared_repo)
    served.client.headers["coord-session"] = reader
    try:
        asked = [found for found in offered().items() if found[1].by_get]
        assert len(asked) > 20
        for path, found in asked:
            answer = served.get(path, **given.get(found.command.name, {}))
            assert answer.status_code in (200, 404, 409), (path, answer.text)
            assert _everything(shared_repo) == before, path
        theirs = [path.path.format(project=served.project.name, agent=reader) for path in PATHS if path.reads]
        for place in ("/", "/board.json", "/api/v1/openapi.json", *(f"{BASE}{path}" for path in theirs)):
            assert served.get(place).status_code == 200, place
            assert _everything(shared_repo) == before, place
    finally:
        del served.client.headers["coord-session"]


def test_a_session_that_is_named_asks(served: Served, shared_repo: Repo) -> None:
    """The header says who asks; a session that there is not is refused."""
    named = shared_repo.start("named")
    me = served.client.get("/api/v1/whoami", headers={"coord-session": named})
    assert me.json()["id"] == named
    assert served.client.get("/api/v1/whoami", headers={"coord-session": "nobody-00000000"}).status_code == 404


def test_files_outside_of_the_working_tree_are_not_read(served: Served, tmp_path: Path) -> None:
    """Who has the token can do what commands do, and cannot read any file of the account with it."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    answer = served.post("/api/v1/send", to="all", subject="a file", file=str(secret))
    assert (answer.status_code, answer.json()["reason"]) == (422, "usage")


def test_several_repositories_are_apart(tmp_path_factory: pytest.TempPathFactory, repo: Repo, mould: Path) -> None:
    """Each has its token, its claims and its log; the token of one opens nothing of another."""
    from conftest import Repo as Repository
    from support.moulds import press

    base = tmp_path_factory.mktemp("second")
    press(mould, base, repo.env)
    (base / "repo").rename(base / "other")
    other = Repository(base / "other", repo.env)
    mine = repo.start("starter")
    with serving(repo, other, session=mine) as served:
        assert list(served.projects) == ["repo", "other"]
        theirs = {"authorization": f"Bearer {served.projects['other'].tokens.read('all')}"}
        assert served.post("/api/v1/claim", scopes=["src"]).status_code == 200
        assert served.get("/projects/repo/api/v1/claims").json()["claims"][0]["scope"] == "src"
        assert served.get("/projects/other/api/v1/claims").status_code == 401
        there = served.client.get("/projects/other/api/v1/claims", headers=theirs)
        assert (there.status_code, there.json()["claims"]) == (200, [])
        assert served.client.get("/api/v1/claims", headers=theirs).status_code == 401
        board = served.client.get("/projects/other/board.json", headers=theirs)
        assert (board.status_code, board.json()["me"]) == (200, None), "whoever started the server is not there"
        acts = served.client.post("/projects/other/api/v1/claim", json={"scopes": ["src"]}, headers=theirs)
        assert (acts.status_code, acts.json()["message"]) == (
            404,
            f"there is no live session {mine}, and {VARIABLE} names it",
        )
        began = served.client.post("/projects/other/api/v1/start", json={"name": "guest"}, headers=theirs).json()
        guest = theirs | {"coord-session": began["session"]}
        assert (
            served.client.post("/projects/other/api/v1/claim", json={"scopes": ["src"]}, headers=guest).status_code
            == 200
        )
        unknown = served.get("/projects/nosuch/api/v1/claims")
        assert (unknown.status_code, unknown.json()["hint"]) == (404, "it is repo"), (
            "of others only whose token one has"
        )
        nobody = {"authorization": "Bearer none"}
        for rest, status in (("", 307), ("/", 401), ("/static/board.css", 200), ("/api/v1/claims", 401)):
            answers = [served.client.get(f"/projects/{name}{rest}", headers=nobody) for name in ("nosuch", "other")]
            assert [answer.status_code for answer in answers] == [status, status], (
                "a stranger learns no name by guessing"
            )
            assert not {"repo", "other", str(base)} & set(re.split(r"[ ,/]", answers[1].text))
        assert repo.coord("end", session=mine).status == 0
        assert served.get("/board.json").json()["me"] is None, "its session is over, and the board is there"
        text = (other.top / ".git" / "coord" / "serve" / "access.log").read_text()
        assert [json.loads(line)["status"] for line in text.splitlines()] == [
            401,
            200,
            200,
            404,
            200,
            200,
            307,
            401,
            401,
        ]
        short = served.client.get("/projects/other?as_of=now")
        assert (short.status_code, short.headers["location"]) == (307, "/projects/other/?as_of=now")
        assert served.client.get("/projects/nosuch").status_code == 404
        assert served.client.get("/projects/other", headers={"host": "evil.example"}).status_code == 421
        state = "/api/v2/orchestration/projects/other/state"
        assert served.client.get(state, headers=theirs).json() == {"state": {}, "version": 0}, "its path names it, too"
        assert served.get(state).status_code == 401
        assert served.get(state.replace("other", "repo")).status_code == 200


def test_a_repository_that_is_removed_is_said(repo: Repo) -> None:
    """The server goes on and answers 503, as the command line answers 3."""
    with serving(repo) as served:
        assert served.get("/api/v1/status").status_code == 200
        token = served.bearer()
        (repo.top / ".git" / "refs" / "coord" / "ledger").rename(repo.top / "ledger")
        (repo.top / ".git" / "packed-refs").unlink(missing_ok=True)
        answer = served.client.get("/api/v1/status", headers=token)
        assert (answer.status_code, answer.json()["reason"]) == (503, "unreadable")
        (repo.top / ".git").rename(repo.top.parent / "gone")
        for path in ("/api/v1/status", "/board.json", "/", "/api/v1/events"):
            answer = served.client.get(path, headers=token)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2"), path
            assert "is gone" in answer.json()["message"], "its tokens went with it: nobody can have a right one"
        assert served.client.get("/static/board.css").status_code == 200
        (repo.top.parent / "gone").rename(repo.top / ".git")
        served.project.tokens.path("all").unlink()
        assert served.client.get("/api/v1/status", headers=token).status_code == 401, "it was withdrawn"
