"""Rights of roles in the fold: what is refused, who is marked, and how rules change them."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.policy import limits

from ..world import CHILD, ME, OTHER, START, THEIRS, THIRD, World

SRC, TESTS = {"directory": "src"}, {"directory": "tests"}


def bearer(world: World, role: str, session: str = THIRD, **data: Any) -> str:
    """Start a session with a role."""
    world.start(session, role=role, **data)
    return session


def reason(world: World, session: str, kind: str, **data: Any) -> str:
    """Why an operation is refused; '' where it is accepted."""
    return world.do(session, kind, data, why="x").reason


def rule(world: World, role: str, rights: dict[str, Any] | None, by: str = ME) -> str:
    """Change the rights of a role; returns why that is refused."""
    value: dict[str, Any] = {"name": role, **({"rights": rights} if rights is not None else {})}
    return reason(world, by, "rules", key="role", value=value)


def marked(world: World) -> set[str]:
    """The sessions that hooks look at."""
    return set(world.state.names("roles"))


CLAIMS = (
    ("implementer", SRC, ""),
    ("reviewer", SRC, "forbidden"),
    ("reviewer", {"name": "slot:deploy"}, "forbidden"),
    ("tester", SRC, "forbidden"),
    ("tester", TESTS, ""),
    ("tester", {"directory": "src/web/Tests/deep"}, ""),
    ("tester", {"file": "src/test_a.py"}, ""),
    ("tester", {"file": "src/a.py"}, "forbidden"),
    ("tester", {"glob": "tests/**/*.py"}, ""),
    ("tester", {"glob": "**/*.py"}, "forbidden"),
    ("tester", {"directory": "."}, "forbidden"),
    ("tester", {"name": "slot:deploy"}, ""),
    ("observer", TESTS, "forbidden"),
    ("", SRC, ""),
    ("lead", SRC, ""),
)


@pytest.mark.parametrize(("role", "scope", "expected"), CLAIMS)
def test_claims(world: World, role: str, scope: dict[str, str], expected: str) -> None:
    """A claim is for those whose role covers the whole of it; without a role, or with an unknown one, for everybody."""
    assert reason(world, bearer(world, role), "claim", scopes=[scope]) == expected


def test_a_refusal_names_role_right_and_scope(world: World) -> None:
    """What the command says of it stands in the verdict."""
    verdict = world.do(bearer(world, "tester"), "claim", {"scopes": [TESTS, SRC]})
    assert verdict.detail == {"role": "tester", "right": "claim", "scope": SRC}


def test_overrides_and_halts(world: World) -> None:
    """Taking on evidence is a claim; an override, and a halt, need a right of their own."""
    world.claim(OTHER, THEIRS, SRC)
    takes = [{"id": THEIRS, "session": OTHER, "evidence": "override"}]
    child = bearer(world, "implementer")
    assert reason(world, child, "take", scopes=[SRC], takes=takes) == "forbidden"
    gone = [{"id": THEIRS, "session": OTHER, "evidence": "process"}]
    assert reason(world, child, "take", scopes=[SRC], takes=gone) == ""
    assert reason(world, bearer(world, "observer", "o-00000009"), "halt") == "forbidden"
    assert reason(world, child, "halt") == ""


def test_tasks(world: World) -> None:
    """`task-next` passes over what is not for the role; `task-take` is refused; scopes of a task are claims, too."""
    for name, data in (
        ("1" * 32, {"title": "x", "type": "implement"}),
        ("2" * 32, {"title": "x", "type": "review", "scopes": [SRC]}),
        ("3" * 32, {"title": "x", "type": "review"}),
    ):
        assert world.do(ME, "task-add", data, claim=name).accepted
    me = bearer(world, "reviewer")
    verdict = world.do(me, "task-take", {"id": "1" * 32})
    assert (verdict.reason, verdict.detail["right"]) == ("forbidden", "tasks")
    assert reason(world, me, "task-take", id="2" * 32) == "forbidden"
    assert world.do(me, "task-next").detail["id"] == "3" * 32
    assert reason(world, me, "task-next") == "empty"


def test_a_change_of_rights_counts_from_then_on(world: World) -> None:
    """Claims that stand stay; a new one is judged by the new rights, and so is a mark."""
    me = bearer(world, "tester")
    assert reason(world, me, "claim", scopes=[TESTS]) == ""
    assert rule(world, "tester", {"claim": ["src/**"], "edit": ["**"], "commit": ["**"]}) == ""
    assert marked(world) == set()
    assert reason(world, me, "claim", scopes=[{"directory": "test"}]) == "forbidden"
    assert reason(world, me, "claim", scopes=[SRC]) == ""
    assert reason(world, me, "release", claims=[]) == ""
    assert rule(world, "tester", None) == ""
    assert marked(world) == {me}
    assert not world.state.has("rules.json")


def test_whoever_may_not_manage_changes_no_rule(world: World) -> None:
    """An integrator may; a session that its own role limits may not lift the limits."""
    me = bearer(world, "tester")
    assert rule(world, "tester", {"commit": ["**"]}, by=me) == "forbidden"
    assert reason(world, me, "rules", key="max-files", value=5) == "forbidden"
    assert rule(world, "tester", {"land": False}, by=bearer(world, "integrator", "i-00000009")) == ""


def test_marks_stand_for_living_sessions_with_limits(world: World) -> None:
    """A child without a role has its parent's limits, one with a role its own; with the session the mark goes."""
    me = bearer(world, "reviewer")
    world.start(CHILD, parent=me)
    world.start("x-00000007", parent=CHILD, role="implementer")
    bearer(world, "implementer", "i-00000009")
    assert marked(world) == {me, CHILD}
    assert reason(world, CHILD, "claim", scopes=[SRC]) == "forbidden"
    assert reason(world, "x-00000007", "claim", scopes=[SRC]) == ""
    assert world.do(ME, "retire", {"sessions": [{"id": me, "evidence": "process"}]}).accepted
    assert world.do(CHILD, "end").accepted
    assert not world.state.has("roles")


MALFORMED: tuple[Any, ...] = (
    None,
    "tester",
    {},
    {"name": ""},
    {"name": "x", "rights": {}},
    {"name": "x", "rights": []},
    {"name": "x", "rights": {"fly": True}},
    {"name": "x", "rights": {"send": "yes"}},
    {"name": "x", "rights": {"commit": "**"}},
    {"name": "x", "rights": {"commit": ["a[" + "*"]}},
    {"name": "x", "rights": {"commit": ["/x"]}},
    {"name": "x", "rights": {"commit": ["a/../*"]}},
    {"name": "x", "rights": {"tasks": [7]}},
    {"name": "x", "rights": {"tasks": [str(count) for count in range(limits.RIGHTS + 1)]}},
)


@pytest.mark.parametrize("value", MALFORMED)
def test_malformed_rights(world: World, value: Any) -> None:
    """Nothing of it is believed."""
    assert reason(world, ME, "rules", key="role", value=value) == "malformed"


def test_rules_are_bounded(world: World) -> None:
    """Every guard reads them: what would make them too large is refused, and changes nothing."""
    globs = [f"{'x' * 600}{count}/*" for count in range(80)]
    assert rule(world, "a", {"commit": globs}) == ""
    before = world.files()["rules.json"]
    assert rule(world, "b", {"commit": globs}) == "quota"
    assert world.files()["rules.json"] == before


def test_work_is_handed_over_only_to_whom_it_is_allowed(world: World) -> None:
    """A handoff is checked like a new claim: claims and types of tasks that the role does not allow are not taken."""
    world.claim(OTHER, THEIRS, SRC)
    me = bearer(world, "tester")
    offer = "d" * 32
    data = {"from": OTHER, "to": me, "to_name": me, "claims": [{"id": THEIRS, "scopes": [SRC]}], "until": START + 999}
    assert world.do(OTHER, "handoff-offer", data, claim=offer).accepted
    assert reason(world, me, "handoff-accept", offer=offer) == "forbidden"
    evidence = {"session": OTHER, "evidence": "process", "claims": [{"id": THEIRS, "scopes": [SRC]}]}
    assert world.do(me, "adopt", evidence).reason == "forbidden"
    assert world.do(bearer(world, "implementer", "i-00000009"), "adopt", evidence).accepted
