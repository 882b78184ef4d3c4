"""Join a team, and see who is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.team import record, recording, view
from gitcoord.domain.team.view import Shown, Teams
from gitcoord.ledger.event import Draft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Join:
    """Join a team: in the role that is named, or else in the first one that nobody bears yet."""

    name: Annotated[str, Argument("NAME", "The team.")]
    role: Annotated[str, option("--role", metavar="R", help="The role to bear in it.")] = ""


@dataclass(frozen=True, slots=True)
class Show:
    """Show a team, or all: who is in it, in which role, and how they are."""

    name: Annotated[str, Argument("NAME", "The team; all without it.")] = ""


def join(call: Call, request: Join) -> Shown:
    """Join a team. Raises `NotFound`, `Forbidden`."""

    def make(state: State) -> Draft:
        team = recording.find(state, request.name)
        role = request.role.strip()
        said = {"role": role} if role else {}
        return Draft("team-join", f"join team {team.name}", {"team": team.name, **said})

    done = recording.record_one(call, make)
    return view.shown(call.workspace, done.state, recording.find(done.state, request.name))


def show(call: Call, request: Show) -> Teams:
    """Show a team, or all. Raises `NotFound`."""
    call.look()
    call.reader()
    state = call.state
    found = [recording.find(state, request.name)] if request.name else list(record.every(state))
    return Teams([view.shown(call.workspace, state, team) for team in found])


def _lines(_: Call, answer: Shown) -> Iterator[str]:
    return view.lines(answer)


def _all(_: Call, answer: Teams) -> Iterator[str]:
    for team in answer.teams:
        yield from view.lines(team)
    if not answer.teams:
        yield "there is no team"


COMMANDS = (
    Command("team join", Join, join, _lines),
    Command("team show", Show, show, _all, does="reads"),
)
