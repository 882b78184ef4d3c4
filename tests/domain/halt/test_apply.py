"""A halt in the fold: what it refuses, who ends it, what is malformed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitcoord.domain.halt import record
from gitcoord.policy import limits

from ..world import CHILD, ME, MINE, OTHER, PARENT, START, THEIRS, THIRD, World

SRC, DOCS = {"directory": "src"}, {"directory": "docs"}


@pytest.fixture
def world(world: World) -> World:
    """A ledger with two sessions; OTHER holds docs."""
    world.claim(OTHER, THEIRS, DOCS)
    return world


def halted(world: World, by: str = ME, **data: Any) -> str:
    """Let a session call a halt, which must be accepted; returns the halt's id."""
    verdict = world.do(by, "halt", data, why="the key leaked")
    assert verdict.accepted, verdict
    return str(json.loads(world.state.read("halt.json") or b"")["halts"][-1]["id"])


def claim(world: World, session: str, scope: dict[str, str] = SRC) -> str:
    """Why a claim is refused; '' where it is not."""
    return world.do(session, "claim", {"scopes": [scope]}).reason


def override(world: World, session: str) -> str:
    """Why a takeover by override is refused; '' where it is not."""
    takes = [{"id": THEIRS, "session": OTHER, "evidence": "override"}]
    return world.do(session, "take", {"scopes": [DOCS], "takes": takes}, why="x").reason


def test_a_halt_refuses_new_work_and_nothing_else(world: World) -> None:
    """Nobody claims or takes over, not the session that called it either; releasing, renewing and ending go on."""
    world.claim(ME, MINE, SRC)
    halted(world)
    assert claim(world, OTHER, {"directory": "new"}) == claim(world, ME, {"directory": "new"}) == "halted"
    assert override(world, ME) == "halted"
    assert world.do(OTHER, "renew", {"claims": [{"id": THEIRS, "until": START + 99}]}).accepted
    assert world.do(ME, "release", {"claims": [{"id": MINE, "scopes": [SRC]}]}).accepted
    assert world.do(OTHER, "number", {"name": "x"}).accepted
    assert world.do(OTHER, "end").accepted


def test_a_halt_gives_no_tasks(world: World) -> None:
    """Neither the next one nor a named one; of a halt of scopes only those that need them. What is held is finished."""
    for name, scopes in (("c" * 32, [SRC]), ("d" * 32, []), ("e" * 32, [])):
        assert world.do(ME, "task-add", {"title": "x", "scopes": scopes}, claim=name).accepted
    assert world.do(OTHER, "task-take", {"id": "e" * 32}).accepted
    limited = halted(world, scopes=[SRC])
    assert world.do(ME, "task-take", {"id": "c" * 32}).reason == "halted"
    assert world.do(ME, "task-next", {}).detail["id"] == "d" * 32
    assert world.do(ME, "task-next", {}).reason == "empty"
    assert world.do(ME, "resume", {"halts": [limited]}).accepted
    halted(world)
    assert world.do(ME, "task-next", {}).reason == "halted"
    assert world.do(ME, "task-take", {"id": "c" * 32}).reason == "halted"
    assert world.do(OTHER, "task-done", {"id": "e" * 32}).accepted


def test_a_halt_is_over_when_it_is_ended_or_its_time_is(world: World) -> None:
    """Afterwards work goes on, and nothing of the halt is left in the state."""
    before = set(world.files())
    name = halted(world)
    assert world.do(OTHER, "halt-answer", {"halt": name, "did": ["stopped"]}).accepted
    assert world.do(OTHER, "resume", {"halts": [name], "person": True}).accepted
    assert set(world.files()) == before
    halted(world, until=START + 60)
    world.time = START + 60
    assert claim(world, ME) == "halted"
    world.time += 1
    assert claim(world, ME) == ""
    halted(world)
    assert [halt.until for halt in record.standing(world.state, world.time)] == [None], "what is over is not kept"


def test_a_halt_of_sessions_stops_them_their_children_and_their_heirs(world: World) -> None:
    """Children that are yet to come, and whoever goes on with the work, are stopped too; others are not."""
    world.start(PARENT)
    halted(world, sessions=[PARENT])
    world.start(CHILD, parent=PARENT)
    world.start(THIRD, resumes=PARENT)
    assert [claim(world, name) for name in (PARENT, CHILD, THIRD)] == ["halted"] * 3
    assert claim(world, OTHER) == ""


def test_a_halt_of_scopes_stops_what_overlaps_them(world: World) -> None:
    """Whoever wants it."""
    halted(world, scopes=[{"glob": "src/**/*.sql"}, {"name": "slot:deploy"}])
    wanted = [SRC, {"file": "src/x/a.sql"}, {"name": "slot:Deploy"}]
    assert [claim(world, ME, scope) for scope in wanted] == ["halted"] * 3
    assert claim(world, ME, {"file": "src/x/a.py"}) == ""


def test_no_session_ends_a_halt_that_stops_it(world: World) -> None:
    """Its own halt neither, unless a person runs it; where one of several named halts stops it, none ends."""
    mine = halted(world)
    assert world.do(ME, "resume", {"halts": [mine]}).reason == "halted"
    world.start(CHILD, parent=OTHER)
    theirs = halted(world, sessions=[OTHER])
    assert world.do(ME, "resume", {"halts": [mine, theirs]}).reason == "halted"
    assert [halt.id for halt in record.standing(world.state, world.time)] == [mine, theirs]
    assert world.do(CHILD, "resume", {"halts": [theirs]}).reason == "halted"
    assert world.do(ME, "resume", {"halts": [theirs]}).accepted
    assert world.do(OTHER, "resume", {"halts": [mine], "person": True}).accepted
    assert world.do(OTHER, "resume", {"halts": [mine], "person": True}).reason == "not_found"


def test_a_halt_of_scopes_is_ended_by_its_caller_or_a_person(world: World) -> None:
    """It may stop any session, so none but the one that called it ends it."""
    name = halted(world, scopes=[SRC])
    assert world.do(OTHER, "resume", {"halts": [name]}).reason == "halted"
    assert world.do(ME, "resume", {"halts": [name]}).accepted


def test_the_first_answer_of_a_session_counts(world: World) -> None:
    """A second one changes nothing; one to a halt that does not stand is refused."""
    name = halted(world)
    assert world.do(OTHER, "halt-answer", {"halt": name, "did": ["one"]}).accepted
    assert world.do(OTHER, "halt-answer", {"halt": name, "did": ["two"]}).accepted
    assert [(one.session, one.did) for one in record.answers(world.state, name)] == [(OTHER, ("one",))]
    assert world.do(OTHER, "halt-answer", {"halt": "f" * 32}).reason == "not_found"
    assert world.do(OTHER, "halt-answer", {"halt": f"../halts/{name}"}).reason == "not_found"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("halt", {"type": "lunch"}),
        ("halt", {"type": 1}),
        ("halt", {"severity": "mild"}),
        ("halt", {"until": START}),
        ("halt", {"until": 1.5}),
        ("halt", {"until": True}),
        ("halt", {"auto": "yes"}),
        ("halt", {"require": "x" * (limits.TEXT + 1)}),
        ("halt", {"sessions": ["../../halt.json"]}),
        ("halt", {"sessions": "all"}),
        ("halt", {"sessions": [OTHER] * (limits.ITEMS + 1)}),
        ("halt", {"scopes": [{"directory": "../x"}]}),
        ("halt", {"scopes": [{"file": f"f{n}"} for n in range(limits.SCOPES + 1)]}),
        ("halt", "[]"),
        ("resume", {"halts": "all"}),
        ("resume", {"halts": [1]}),
        ("resume", {"halts": [], "person": 1}),
        ("halt-answer", {}),
        ("halt-answer", {"halt": 1}),
        ("halt-answer", {"halt": "x", "did": "x"}),
        ("halt-answer", {"halt": "x", "did": ["x"] * (limits.DID + 1)}),
        ("halt-answer", {"halt": "x", "did": ["\ud800"]}),
    ],
)
def test_hostile_payloads_are_malformed(world: World, kind: str, data: Any) -> None:
    """They are refused, and change nothing but the session's position."""
    before = {path: content for path, content in world.files().items() if "session" not in path}
    assert world.do(ME, kind, data, why="x").reason == "malformed"
    after = {path: content for path, content in world.files().items() if "session" not in path}
    assert after.keys() == before.keys()


def test_a_halt_says_why(world: World) -> None:
    """Without a reason it is malformed."""
    assert world.do(ME, "halt", {}, why=" \n ").reason == "malformed"


def test_so_many_halts_that_no_guard_could_read_them_are_refused(world: World) -> None:
    """The file stays within its limit, and what stands goes on standing."""
    scopes = [{"file": f"{n:04}" + "x" * 200} for n in range(limits.SCOPES)]
    verdicts = [world.do(ME, "halt", {"scopes": scopes}, why="x").reason for _ in range(4)]
    assert verdicts == ["", "", "quota", "quota"]
    assert len(world.state.read("halt.json") or b"") <= limits.HALT_BYTES + 1
    assert len(record.standing(world.state, world.time)) == 2
