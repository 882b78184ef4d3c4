"""The board as a page, as the server gives it: signing in, tables without JavaScript, another time."""

from __future__ import annotations

import json
import re
import time
from threading import Event
from typing import TYPE_CHECKING, Any

import httpx
from support.waiting import until

from gitcoord.domain.history import when
from gitcoord.interfaces.http import moments, page, view
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    import pytest
    from conftest import Repo
    from support.serving import Served


HOSTILE = '<img src=x onerror="alert(1)">'


def test_the_page_is_plain_tables_without_javascript(served: Served, shared_repo: Repo) -> None:
    """Sessions, claims, tasks and messages are in it, and what others wrote is text."""
    ann = shared_repo.start("plain-ann", "--work", HOSTILE)
    shared_repo.coord("claim", "slot:plain", "-m", HOSTILE, session=ann, check=True)
    shared_repo.coord("send", "all", HOSTILE, session=ann, check=True)
    shared_repo.coord("task", "add", "plain task", session=ann, check=True)
    kid = shared_repo.start("plain-kid", "--parent", ann)
    shared_repo.coord("beat", "typing", "--progress", "41", session=kid, check=True)
    shared_repo.coord("team", "create", "plain-team", "--member", f"{kid}:tester", session=ann, check=True)
    flow = shared_repo.here("workflow", "template", check=True).out
    assert served.post("/api/v1/workflow/start", ann, file="-", stdin=flow).status_code == 200
    shared_repo.coord("halt", "-m", "plain halt", "--only", "slot:none", session=ann, check=True)
    answer = served.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    text = answer.text
    for said in (
        "plain-ann",
        "slot:plain",
        "plain task",
        "&lt;img src=x",
        json.loads(flow)["title"],
        "plain halt",
        "41 %",
    ):
        assert said in text, said
    row = next(line for line in text.splitlines() if line.partition("</td>")[0].endswith("<td>plain-kid"))
    assert "<td>plain-ann</td><td>plain-team</td><td>typing</td><td>41 %</td><td>main</td><td>landed on main" in row
    heads = re.findall(r"<caption>(\w+)", text)
    assert [heads.index(each) for each in ("Needs", "Sessions", "Tasks", "Workflows", "Teams", "Claims")] == sorted(
        heads.index(each) for each in ("Needs", "Sessions", "Tasks", "Workflows", "Teams", "Claims")
    )
    shared_repo.coord("resume", session=ann, check=True)
    assert "<img" not in text and "$" not in text
    assert "<script>" not in text and "style=" not in text, "nothing inline"


def test_a_token_is_traded_for_a_cookie(served: Served) -> None:
    """As JSON or as a form; the cookie is not the token, no script reads it, and other sites do not send it."""
    token = served.project.tokens.read("all")
    with httpx.Client(base_url=served.address, trust_env=False) as browser:
        assert browser.get("/").status_code == 401
        assert "Sign in" in browser.get("/").text
        assert browser.post("/sign-in", json={"token": "wrong"}).status_code == 401
        assert browser.post("/sign-in", json={"token": 1}).status_code == 422
        assert browser.post("/sign-in", json={"token": token}, headers={"origin": "http://evil"}).status_code == 403
        signed = browser.post("/sign-in", json={"token": token}, headers={"origin": served.address})
        said = signed.headers["set-cookie"].lower()
        assert "httponly" in said and "samesite=strict" in said and token not in said
        assert browser.get("/board.json").json()["may_act"] is True
        assert "Sessions" in browser.get("/").text
    with httpx.Client(base_url=served.address, trust_env=False) as browser:
        form = browser.post("/sign-in", data={"token": served.project.tokens.read("read")})
        assert (form.status_code, form.headers["location"]) == (303, "/")
        ours = {"origin": served.address}
        assert browser.get("/board.json").json()["may_act"] is False
        assert browser.post("/api/v1/halt", json={"reason": "x"}, headers=ours).status_code == 403, "it only reads"


def test_the_files_of_the_page_are_ours_alone(served: Served) -> None:
    """Every file is there with its type, compared by its tag; none names another origin."""
    assert {"board.css", "board.js", "board.html", "sign-in.js"} <= set(page.files())
    for name, (content, kind, tag) in page.files().items():
        answer = served.client.get(f"/static/{name}", headers={"authorization": ""})
        if name.endswith(".html"):
            assert answer.status_code == 404
            continue
        assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, kind, content)
        again = served.client.get(f"/static/{name}", headers={"if-none-match": tag})
        assert again.status_code == 304
        assert b"http" not in content.replace(b"http://www.w3.org/2000/svg", b""), name
        assert b"innerHTML" not in content and b"eval(" not in content, name


def test_the_board_of_another_time(served: Served, shared_repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was there and what was held then, whatever became of it; before the ledger there was nothing."""
    monkeypatch.setattr(moments, "PATIENCE", 20)
    old = shared_repo.start("old-timer")
    shared_repo.coord("claim", "slot:then", session=old, check=True)
    then = served.get("/board.json").json()["moments"][-1]["time"]
    time.sleep(1.1)  # times are seconds
    shared_repo.coord("release", "slot:then", session=old, check=True)
    shared_repo.coord("end", session=old, check=True)
    before: dict[str, Any] = served.get("/board.json", as_of=then).json()
    assert "slot:then" in [held["scope"] for held in before["claims"]]
    assert "old-timer" in [one["name"] for one in before["sessions"]]
    assert before["as_of"] == then
    now = served.get("/board.json").json()
    assert "slot:then" not in [held["scope"] for held in now["claims"]]
    assert "old-timer" not in [one["name"] for one in now["sessions"]]
    assert served.get("/board.json", as_of="2001-01-01").status_code == 404
    assert served.get("/board.json", as_of="soon").status_code == 422
    for path in ("/board.json", "/"):
        assert served.get(path, asof=then).status_code == 422, "it would be the board of now"


def test_the_slider_reaches_over_the_whole_ledger(
    served: Served, shared_repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many messages came last; it is thinned, ends with the last moment, and is read on."""
    monkeypatch.setattr(moments, "PATIENCE", 20)
    sender = shared_repo.start("slider")
    monkeypatch.setattr(view, "EVENTS", 3)
    for number in range(4):
        shared_repo.coord("send", "all", f"m{number}", session=sender, check=True)
    assert [one["kind"] for one in served.get("/board.json").json()["events"]] == ["message"] * 3
    found = served.get("/board.json").json()["moments"]
    times = shared_repo.git("log", "--first-parent", "--format=%ct", "refs/coord/ledger").split()
    assert [when.parse(one["time"], 0) for one in found] == sorted(set(map(int, times)))
    git = served.project.place.store_git

    def read(known: moments.Moments) -> list[tuple[int, str]]:
        return known.read(git, StoreOid(shared_repo.git("rev-parse", "refs/coord/ledger")))

    known = moments.Moments()
    before = read(known)
    for number in range(4):  # each in a second of its own
        shared_repo.later(number).coord("state", "set", "slider", "k", str(number), session=sender, check=True)
    assert read(known)[-1][1].startswith("slider: ") and read(known) == read(moments.Moments()) != before
    tip = shared_repo.git("rev-parse", "refs/coord/ledger")
    words = ("commit-tree", f"{tip}^{{tree}}", "-p", f"{tip}^", "-m", "another")
    try:
        other = shared_repo.git(*words, GIT_COMMITTER_DATE=f"{read(known)[-1][0] + 1} +0000")
        shared_repo.git("update-ref", "refs/coord/ledger", other)
        assert read(known) == read(moments.Moments()), "the ledger is another one, and so are the moments"
        assert read(known)[-1][1].endswith(": another")
    finally:
        shared_repo.git("update-ref", "refs/coord/ledger", tip)
    whole = read(known)
    monkeypatch.setattr(moments, "STEPS", 1)
    thinned = read(moments.Moments())
    assert 2 <= len(thinned) <= 3 < len(whole)
    assert (thinned[0][0], thinned[-1]) == (whole[0][0], whole[-1])


def test_the_board_does_not_wait_for_a_long_ledger(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its slider has is read meanwhile, once, and is there when it is asked for again."""
    git = served.project.place.store_git
    tip, known, go_on = StoreOid(git.text("rev-parse", "refs/coord/ledger").strip()), moments.Moments(), Event()
    read, asked = moments.Moments._read_up_to, list[str]()

    def slowly(*said: Any) -> None:
        asked.append(said[-1])
        assert go_on.wait(20)
        read(*said)

    monkeypatch.setattr(moments.Moments, "_read_up_to", slowly)
    monkeypatch.setattr(moments, "PATIENCE", 0.01)
    assert (known.read(git, tip), known.read(git, tip)) == ([], [])
    go_on.set()
    monkeypatch.setattr(moments, "PATIENCE", 20)
    assert known.read(git, tip) and asked == [tip]


def test_the_board_of_another_time_stays_as_it_is(
    served: Served, shared_repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages and events that come later, however many, change nothing in it but the slider."""
    monkeypatch.setattr(view, "MESSAGES", 2)
    monkeypatch.setattr(view, "EVENTS", 4)
    sender = shared_repo.start("stayer")
    shared_repo.coord("send", "all", "of then", session=sender, check=True)
    then = served.get("/board.json").json()["messages"][-1]["time"]

    def board() -> Any:
        return {key: said for key, said in served.get("/board.json", as_of=then).json().items() if key != "moments"}

    time.sleep(1.1)  # times are seconds
    before = board()
    assert before["messages"][-1]["subject"] == "of then"
    for number in range(5):
        shared_repo.coord("send", "all", f"later {number}", session=sender, check=True)
    after = board()
    assert {key for key in before if before[key] != after.get(key)} <= {"now"}


def test_a_session_is_shown_with_its_git(served: Served, shared_repo: Repo) -> None:
    """What is not committed, how far it is from the default branch, and whether it could land, also with a conflict."""
    apart = shared_repo.worktree("apart")
    session = apart.start("apart")

    def standing() -> Any:
        found = served.get("/board.json").json()["sessions"]
        return next(one["git"] for one in found if one["id"] == session)

    assert standing() == {"base": "main", "dirty": 0, "ahead": 0, "behind": 0, "landing": "landed", "paths": []}
    apart.commit("apart.txt", session=session, check=True)
    apart.write("new.txt")
    assert (standing()["dirty"], standing()["ahead"], standing()["landing"]) == (1, 1, "lands")
    shared_repo.git("-c", "coord.guard=off", "commit", "-q", "--allow-empty", "-m", "other")
    assert (standing()["behind"], standing()["landing"]) == (1, "lands")
    shared_repo.commit("apart.txt", message="mine")
    notes = ("log", "--no-walk", "--notes=coord", "--format=%N%x00", "apart", "main")
    until(lambda: all(note.strip() for note in shared_repo.git(*notes).split("\0")[:-1]))  # they come a second later
    objects = shared_repo.git("count-objects", "-v")
    assert (standing()["landing"], standing()["paths"]) == ("conflicts", ["apart.txt"])
    assert shared_repo.git("count-objects", "-v") == objects, "what a trial merge makes is thrown away"
