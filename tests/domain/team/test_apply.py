"""Teams in the fold: who is in them, which roles they give, and who may make and end them."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.domain.session import record as session
from gitcoord.domain.team import record
from gitcoord.policy import limits
from gitcoord.policy.ids import SessionId

from ..world import CHILD, ME, OTHER, THIRD, World

TEAM = "d" * 32


def create(world: World, *members: tuple[str, str], name: str = "login", by: str = ME, **data: Any) -> str:
    """Make a team; returns why that is refused."""
    said = [{"session": one, **({"role": role} if role else {})} for one, role in members]
    return world.do(by, "team", {"name": name, "members": said, **data}).reason


def join(world: World, who: str, role: str = "", team: str = "login") -> str:
    """Join a team; returns why that is refused."""
    return world.do(who, "team-join", {"team": team, **({"role": role} if role else {})}).reason


def end(world: World, by: str = ME, team: str = "login") -> str:
    """End a team; returns why that is refused."""
    return world.do(by, "team-end", {"team": team}).reason


def borne(world: World, who: str) -> tuple[str, tuple[str, ...]]:
    """Role and teams of a session."""
    living = session.read(world.saved(), SessionId(who))
    assert living is not None
    return living.role, living.teams


def test_members_bear_the_role_of_the_team_as_long_as_it_lasts(world: World) -> None:
    """Afterwards they have the one from before; whoever joined without a role keeps its own all the time."""
    world.start(THIRD, role="lead")
    assert create(world, (ME, "implementer"), (OTHER, "reviewer"), (THIRD, "")) == ""
    assert [borne(world, one) for one in (ME, OTHER, THIRD)] == [
        ("implementer", ("login",)),
        ("reviewer", ("login",)),
        ("lead", ("login",)),
    ]
    assert set(world.state.names("roles")) == {OTHER}
    assert end(world) == ""
    assert [borne(world, one) for one in (ME, OTHER, THIRD)] == [("", ()), ("", ()), ("lead", ())]
    assert not world.state.has("roles")
    assert not world.state.has("teams")


def test_limits_bind_as_soon_as_the_team_gives_the_role(world: World) -> None:
    """A reviewer of a team claims nothing, and everything again when the team has ended."""
    assert create(world, (OTHER, "reviewer")) == ""
    claim = {"scopes": [{"directory": "src"}]}
    assert world.do(OTHER, "claim", claim).reason == "forbidden"
    assert end(world) == ""
    assert world.do(OTHER, "claim", claim).accepted


def test_seats_are_taken_by_those_who_join(world: World) -> None:
    """In the role that is named, or the first free one; whoever joins twice is in it once."""
    assert create(world, seats=["implementer", "tester", "tester"]) == ""
    world.start(THIRD, role="tester")
    assert join(world, OTHER) == ""
    assert join(world, THIRD) == ""
    team = record.read(world.saved(), "login")
    assert team is not None
    assert {one.session: one.role for one in team.members} == {OTHER: "implementer", THIRD: "tester"}
    assert team.seats == ("tester",)
    assert join(world, OTHER) == ""
    assert borne(world, OTHER) == ("implementer", ("login",))
    assert end(world) == ""
    assert borne(world, OTHER) == ("", ())


def test_nobody_gets_rid_of_limits_by_joining(world: World) -> None:
    """A session that its role limits joins in that role, not in another; nor does it make or end teams."""
    world.start(THIRD, role="tester")
    assert create(world, seats=["implementer"]) == ""
    assert join(world, THIRD, "implementer") == "forbidden"
    assert join(world, THIRD) == "forbidden", "the seat that is free is another one"
    assert join(world, THIRD, "tester") == ""
    assert create(world, (THIRD, "implementer"), name="mine", by=THIRD) == "forbidden"
    assert end(world, by=THIRD) == "forbidden"
    assert borne(world, THIRD) == ("tester", ("login",))


def test_several_teams(world: World) -> None:
    """The role of the team that was joined last counts; ending another one does not take it away."""
    assert create(world, (OTHER, "tester"), name="a") == ""
    assert create(world, (OTHER, "implementer"), name="b") == ""
    assert borne(world, OTHER) == ("implementer", ("a", "b"))
    assert end(world, team="a") == ""
    assert borne(world, OTHER) == ("implementer", ("b",))


def test_whoever_goes_on_with_the_work_of_a_member_is_in_the_team(world: World) -> None:
    """A session that resumes a member takes its place and role."""
    assert create(world, (OTHER, "tester")) == ""
    assert world.do(OTHER, "end").accepted
    world.start(THIRD, resumes=OTHER)
    assert borne(world, THIRD) == ("tester", ("login",))
    team = record.read(world.saved(), "login")
    assert team is not None
    assert [one.session for one in team.members] == [THIRD]


def test_a_task_for_a_team_is_for_its_members(world: World) -> None:
    """Nobody else is given it."""
    assert create(world, (OTHER, "")) == ""
    assert world.do(ME, "task-add", {"title": "x", "to": {"team": "login"}}).accepted
    assert world.do(ME, "task-next").reason == "empty"
    assert world.do(OTHER, "task-next").accepted


def test_a_parent_adopts_a_living_child(world: World) -> None:
    """Also that of another user; a stranger does not, and a child does not adopt its parent."""
    world.start(CHILD, parent=ME, user="somebody")
    world.claim(CHILD, "e" * 32, {"directory": "src"})
    evidence: dict[str, Any] = {"evidence": "own", "claims": [{"id": "e" * 32, "scopes": [{"directory": "src"}]}]}
    assert world.do(OTHER, "adopt", {"session": CHILD, **evidence}).reason == "not_gone"
    assert world.do(ME, "adopt", {"session": CHILD, **evidence}).accepted
    assert world.do(CHILD, "adopt", {"session": ME, "evidence": "own"}).reason == "not_gone"


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": "login"}, ""),
    ({"name": "Login"}, "malformed"),
    ({"name": ""}, "malformed"),
    ({"name": "a/b"}, "malformed"),
    ({"name": "-a"}, "malformed"),
    ({"name": "a" * (record.LONGEST_NAME + 1)}, "malformed"),
    ({"name": "x", "members": [{"session": OTHER}, {"session": OTHER}]}, "malformed"),
    ({"name": "x", "members": [{"session": "nobody-00000000"}]}, "not_found"),
    ({"name": "x", "members": [{"session": OTHER, "role": 7}]}, "malformed"),
    ({"name": "x", "seats": [""]}, "malformed"),
    ({"name": "x", "seats": ["r"] * limits.TEAM_MEMBERS}, ""),
    ({"name": "x", "seats": ["r"] * (limits.TEAM_MEMBERS + 1)}, "malformed"),
)


@pytest.mark.parametrize(("data", "reason"), REFUSED)
def test_what_a_team_can_be(world: World, data: dict[str, Any], reason: str) -> None:
    """Names become parts of paths and addresses; nobody is in a team twice."""
    assert world.do(ME, "team", data).reason == reason


def test_what_is_not_there(world: World) -> None:
    """A team is made once, and joined and ended while it is there."""
    assert create(world) == ""
    assert create(world) == "exists"
    assert join(world, ME, team="other") == end(world, team="other") == "not_found"
    assert end(world) == ""
    assert end(world) == "not_found"
    assert create(world) == ""


def test_too_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of teams, and of members, has a bound."""
    monkeypatch.setattr(limits, "TEAMS", 1)
    monkeypatch.setattr(limits, "TEAM_MEMBERS", 1)
    assert create(world, (OTHER, "")) == ""
    assert create(world, name="b") == "quota"
    assert join(world, ME) == "quota"
    assert join(world, OTHER, "tester") == ""
