"""What the operations on teams do to the state. Pure.

A member bears the role that the team gives it, so that messages, tasks and rights find it by that. When the team ends
it has the role that it had before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import replace
from gitcoord.domain import fields
from gitcoord.domain.role import record as role
from gitcoord.domain.session import record as session
from gitcoord.domain.team import record
from gitcoord.domain.team.record import Member, Team
from gitcoord.errors import Malformed
from gitcoord.ledger import position
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId, SessionId

if TYPE_CHECKING:
    from gitcoord.ledger.state import State


def apply_team(state: State, operation: Operation) -> Verdict:
    """Make a team of living sessions. Refused where its name is taken, and by the role of the session."""
    data = operation.data
    name, items, seats = fields.text(data, "name"), fields.records(data, "members"), fields.texts(data, "seats")
    wanted = [(SessionId(fields.text(item, "session")), _role_in(item)) for item in items]
    if not record.is_name(name) or len({one for one, _ in wanted}) < len(wanted) or not all(seats):
        raise Malformed("the name of a team is one small word, and nobody is in it twice")
    if len(wanted) + len(seats) > limits.TEAM_MEMBERS or not EventId.fits(operation.event.id):
        raise Malformed(f"a team has at most {limits.TEAM_MEMBERS} members")
    refused = role.refusal(state, operation, "manage")
    if refused is not None:
        return refused
    if record.read(state, name) is not None:
        return Verdict("exists", {"team": name})
    absent = next((one for one, _ in wanted if session.read(state, one) is None), None)
    if absent is not None:
        return Verdict("not_found", {"session": absent})
    if record.count(state) >= limits.TEAMS:
        return Verdict("quota")
    by = session.read(state, operation.session)
    called = by.name if by is not None else operation.session
    team = Team(operation.event.id, name, operation.session, called, operation.time, (), tuple(seats))
    for one, given in wanted:
        team = _enter(state, team, one, given)
    record.put(state, team)
    return Verdict()


def _role_in(item: dict[str, Any]) -> str:
    return fields.text(item, "role", "")


def apply_join(state: State, operation: Operation) -> Verdict:
    """Let a session join a team: in the role that it names, else the first that is free, else its own.

    Whoever has limits by its role keeps that role, unless it may manage teams.
    """
    name, wanted = fields.text(operation.data, "team"), _role_in(operation.data)
    team = record.read(state, name)
    if team is None:
        return Verdict("not_found", {"team": name})
    me = session.acting(state, operation.session)
    before = next((one for one in team.members if one.session == me.id), None)
    own = me.role if me.role in team.seats else ""
    given = wanted or (before.role if before is not None else "") or own or next(iter(team.seats), "")
    if given not in ("", me.bound):
        refused = role.refusal(state, operation, "manage")
        if refused is not None:
            return refused
    if before is None and len(team.members) >= limits.TEAM_MEMBERS:
        return Verdict("quota")
    record.put(state, _enter(state, team, me.id, given))
    return Verdict(detail={"role": given})


def _enter(state: State, team: Team, session_id: SessionId, given: str) -> Team:
    """Give a living session a role ('' for none) in a team, and the seat for it where one is free."""
    living = session.read(state, session_id)
    known = next((one for one in team.members if one.session == session_id), None)
    if living is None:
        return team
    member = Member(session_id, living.name, given, known.before if known is not None else living.role)
    _change(
        state, session_id, given or living.role, teams=(*(one for one in living.teams if one != team.name), team.name)
    )
    others = tuple(one for one in team.members if one.session != session_id)
    seats = list(team.seats)
    if known is None and given in seats:
        seats.remove(given)
    return replace(team, members=(*others, member), seats=tuple(seats))


def _change(state: State, session_id: SessionId, given: str, teams: tuple[str, ...]) -> None:
    """Write role and teams of a living session, and whether it has limits now."""
    path = position.live_path(session_id)
    said = state.json(path) or {}
    said = {key: value for key, value in said.items() if key != "teams"} | {"role": given}
    state.write_json(path, said | ({"teams": list(teams)} if teams else {}))
    living = session.read(state, session_id)
    if living is not None:
        role.mark(state, living)


def apply_end(state: State, operation: Operation) -> Verdict:
    """End a team: its members have the roles again that they had before, unless those were changed meanwhile.

    Whoever made it may, and whoever may manage teams.
    """
    name = fields.text(operation.data, "team")
    team = record.read(state, name)
    if team is None:
        return Verdict("not_found", {"team": name})
    refused = role.refusal(state, operation, "manage")
    if refused is not None and operation.session != team.by:
        return refused
    record.drop(state, team)
    for member in team.members:
        living = session.read(state, member.session)
        if living is not None:
            given = member.before if member.role and living.role == member.role else living.role
            _change(state, living.id, given, tuple(one for one in living.teams if one != name))
    return Verdict()


def inherit(state: State, heir: SessionId, resumed: object) -> None:
    """Let the session that goes on with the work of a member take its place in its teams."""
    if not isinstance(resumed, str) or not state.has(record.ROOT):
        return
    for team in list(record.every(state)):
        member = next((one for one in team.members if one.session == resumed), None)
        if member is not None:
            left = replace(team, members=tuple(one for one in team.members if one.session != resumed))
            record.put(state, _enter(state, left, heir, member.role))
