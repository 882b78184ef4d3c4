"""Teams as answers have them, and as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.board import look
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import beat
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record as tasks
from gitcoord.domain.team import output, record
from gitcoord.domain.wording import plural, provisional
from gitcoord.errors.remedy import Remedy, step
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitcoord.domain.session.beat import Beat
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.team.record import Member as Recorded
    from gitcoord.domain.team.record import Team
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

COORDINATED, HIERARCHICAL = "coordinated", "hierarchical"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a team. `status` is active, idle, gone or ended; `child`: it is a child of whoever made the team.

    `output` is the file that has what its program printed, '' where no program was started for it here.
    """

    session: str
    name: str
    role: str
    status: str
    work: str
    branch: str
    worktree: str
    claims: int
    tasks: int
    child: bool
    output: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A team. `topology` is hierarchical where whoever made it is the parent of members, else coordinated.

    `seats` are the roles that nobody bears yet.
    """

    id: str
    name: str
    by: str
    by_name: str
    made: Moment
    topology: str
    members: list[Member]
    seats: list[str]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Teams:
    """The teams that were asked for."""

    teams: list[Shown]


def shown(workspace: Workspace, state: State, team: Team) -> Shown:
    """Return a team as answers have it."""
    agreed = workspace.agreement.confirmed()
    known = team if agreed is None else record.read(agreed, team.name)
    beats = beat.every(workspace)
    members = [_member(workspace, state, team, one, beats) for one in team.members]
    topology = HIERARCHICAL if any(one.child for one in members) else COORDINATED
    made = (team.id, team.name, team.by, team.by_name, Moment(team.made), topology)
    return Shown(*made, members, list(team.seats), confirmed=known == team)


def unmade(name: str, me: Session, now: int) -> Shown:
    """Return a team that never came about, which has no id and no members."""
    return Shown("", name, me.id, me.name, Moment(now), HIERARCHICAL, [], [], confirmed=True)


def _member(workspace: Workspace, state: State, team: Team, member: Recorded, beats: Mapping[str, Beat]) -> Member:
    living = session.read(state, member.session)
    if living is None:
        return Member(member.session, member.name, member.role, "ended", "", "", "", 0, 0, child=False, output="")
    child = team.by in living.ancestors
    held = sum(len(item.scopes) for item in claim.of(state, living.id))
    return Member(
        living.id,
        living.name,
        living.role,
        look.status(workspace, living, beats.get(living.id)),
        living.work,
        living.branch,
        living.worktree,
        held,
        len(tasks.held_by(state, living.id)),
        child=child,
        output=output.of_worktree(living.worktree) if child and workspace.is_ours(living) else "",
    )


def lines(team: Shown) -> Iterator[str]:
    """Tell who is in a team, a line each."""
    sure = provisional(confirmed=team.confirmed)
    about = f"{plural(len(team.members), 'member')}, {team.topology}, made by {printable(team.by_name)}"
    yield f"team {team.name}: {about}{sure}"
    for one in team.members:
        said = [one.status]
        said += [plural(one.claims, "claim")] if one.claims else []
        said += [plural(one.tasks, "task")] if one.tasks else []
        said += [f"branch {printable(one.branch)}"] if one.branch else []
        work = f": {printable(one.work)}" if one.work else ""
        yield f"  {printable(one.role) or 'no role'}  {printable(one.name)} ({one.session}), {', '.join(said)}{work}"
        if one.output:
            yield f"    works in {printable(one.worktree)}"
            yield f"    prints to {printable(one.output)}"
    for role in team.seats:
        yield Remedy(f"  {printable(role)}  nobody yet: {{}}", step("team join", team.name, "--role", role))
