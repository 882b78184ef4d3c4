"""Make a team, send to it, stop it, and end it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import reaction
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.halt import calling
from gitcoord.domain.halt.record import Wanted
from gitcoord.domain.halt.view import Halts
from gitcoord.domain.halt.view import lines as halt_lines
from gitcoord.domain.message import send
from gitcoord.domain.message.record import Letter
from gitcoord.domain.message.send import Sent  # noqa: TC001 - the types of answers are looked up
from gitcoord.domain.role import limits as role_limits
from gitcoord.domain.session import identity
from gitcoord.domain.team import begun, record, recording, spawning, view
from gitcoord.domain.team.facts import Changed
from gitcoord.domain.team.view import Shown  # noqa: TC001 - the types of answers are looked up
from gitcoord.errors import NotFound
from gitcoord.errors.usage import AtMost, GoesWith, Missing, NotOneLine, NotWritten, TwoAlike
from gitcoord.ledger.event import Draft
from gitcoord.ledger.fold import Verdict
from gitcoord.policy import limits
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.team.record import Team
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Create:
    """Make a team of sessions that are there, or of roles.

    With --spawn each role gets a worktree, a branch and a session of its own, a child of this one, and COMMAND runs
    there in a shell, with GIT_COORD_SESSION, GIT_COORD_TEAM, GIT_COORD_ROLE and GIT_COORD_WORK. Without it the roles
    are free for whoever joins.
    """

    name: Annotated[str, Argument("NAME", "What the team is called; its address is team:NAME.")]
    member: Annotated[
        list[str], option("--member", metavar="ID[:ROLE]", help="A session, and its role; may be repeated.")
    ] = field(default_factory=list)
    roles: Annotated[
        list[str], option("--roles", metavar="R,...", help="Roles with commas between them; may be repeated.")
    ] = field(default_factory=list)
    spawn: Annotated[str, option("--spawn", metavar="COMMAND", help="What to run for each role.")] = ""
    work: Annotated[str, option("--work", metavar="TEXT", help="What the sessions that are started work on.")] = ""


@dataclass(frozen=True, slots=True)
class Message:
    """Send a message to all members of a team: the same as sending it to team:NAME."""

    name: Annotated[str, Argument("NAME", "The team.")]
    subject: Annotated[str, Argument("SUBJECT", "One line.")]
    body: Annotated[str, option("-m", "--message", metavar="BODY", help="What there is to say.")] = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the members of a team, and their children, until a person or somebody else lets them go on."""

    name: Annotated[str, Argument("NAME", "The team.")]
    reason: Annotated[str, option("-m", "--message", metavar="REASON", help="Why; the members are told.")] = ""
    auto: Annotated[bool, option("--auto", help="Give back running tasks, and keep uncommitted work.")] = False


@dataclass(frozen=True, slots=True)
class End:
    """End a team: its members go on without it, in the roles that they had before.

    Sessions, branches and worktrees stay as they are.
    """

    name: Annotated[str, Argument("NAME", "The team.")]


def create(call: Call, request: Create) -> Shown:
    """Make a team. Raises `Usage`, `NotFound`, `Exists`, `Forbidden`."""
    roles = [role for text in request.roles for part in text.split(",") if (role := part.strip())]
    _check(request, roles)
    me = call.me()
    role_limits.check(call.state, me, "manage")
    if record.read(call.state, request.name) is not None:
        raise recording.refusal(call.state, Verdict("exists", {"team": request.name}))
    members = [_member(call, me, text) for text in request.member]
    if request.spawn:
        with spawning.started(call, me, request.name, roles, request.spawn, request.work) as spawned:
            members += [(one.session, one.role) for one in spawned]
            return _create(call, request.name, members, [])
    return _create(call, request.name, members, roles)


def _check(request: Create, roles: list[str]) -> None:
    if not record.is_name(request.name):
        example = f"at most {record.LONGEST_NAME} small letters, digits, '-', '_' and '.'"
        raise NotWritten(printable(request.name), "the name of a team", example)
    example = "team create NAME --roles R,... --spawn COMMAND"
    if not request.member and not roles:
        raise Missing("a team", "members", example="team create NAME --member ID:ROLE")
    if request.spawn and not roles:
        raise GoesWith("--spawn", "--roles", example=example)
    if request.work and not request.spawn:
        raise GoesWith("--work", "--spawn", example=example)
    if len(request.member) + len(roles) > limits.TEAM_MEMBERS:
        raise AtMost("a team", limits.TEAM_MEMBERS, "members")
    if any(len(role) > limits.TEXT or not role.isprintable() for role in roles):
        raise NotOneLine("a role", limits.TEXT)


def _member(call: Call, me: Session, text: str) -> tuple[SessionId, str]:
    """Return the session and the role that ID[:ROLE] means. Raises `Usage`, `NotFound`."""

    def found(state: State, name: str) -> SessionId:
        return me.id if name in (me.id, me.name, "me") else identity.named(call.workspace, state, name).id

    def look(state: State) -> tuple[SessionId, str]:
        try:
            return found(state, text), ""
        except NotFound:
            name, colon, role = text.rpartition(":")
            if not colon or not name:
                raise
            return found(state, name), role.strip()

    return call.workspace.surely(look)


def _create(call: Call, name: str, members: list[tuple[SessionId, str]], seats: list[str]) -> Shown:
    if double := [one for one, count in Counter(one for one, _ in members).items() if count > 1]:
        raise TwoAlike("members", double[0])
    data: dict[str, Any] = {"name": name}
    data["members"] = [{"session": one, **({"role": role} if role else {})} for one, role in members]
    data |= {"seats": seats} if seats else {}
    done = recording.record_one(call, lambda _: Draft("team", f"create team {name}", data))
    me = call.me()
    reaction.follow(call.workspace, "team", Changed(me.id, name, tuple(one for one, _ in members)))
    return view.shown(call.workspace, done.state, recording.find(done.state, name))


def _team(call: Call, name: str) -> Team:
    """Return a team, also one that only the hub knows yet. Raises `NotFound`."""
    return call.workspace.surely(lambda state: recording.find(state, name))


def post(call: Call, request: Message) -> Sent:
    """Send a message to a team. Raises `NotFound`, `Usage`, `Forbidden`."""
    me = call.me()
    _team(call, request.name)
    sent = send.send(call.workspace, me, f"team:{request.name}", Letter(request.subject, request.body))
    call.hurry()
    call.warn_if_unheard()
    return sent


def halt(call: Call, request: Stop) -> Halts:
    """Stop the members of a team. Raises `NotFound`, `Usage`, `Refused`."""
    team = _team(call, request.name)
    if not request.reason.strip():
        raise Missing("a halt", "a reason", example=f"team halt {team.name} -m REASON")
    return calling.stop(call, request.reason, [f"{calling.TEAM}{team.name}"], Wanted(auto=request.auto))


def end(call: Call, request: End) -> Shown:
    """End a team; returns what it was. Raises `NotFound`, `Forbidden`.

    Of a team that was killed as it was made, what was made is taken away.
    """
    me = call.me()
    if request.name in begun.sweep(call, request.name) and record.read(call.state, request.name) is None:
        return view.unmade(request.name, me, call.now)
    team = _team(call, request.name)
    before = view.shown(call.workspace, call.state, team)

    def make(state: State) -> Draft:
        return Draft("team-end", f"end team {request.name}", {"team": recording.find(state, request.name).name})

    recording.record_one(call, make)
    members = tuple(one.session for one in team.members)
    reaction.follow(call.workspace, "team-end", Changed(me.id, team.name, members))
    return before


def _lines(_: Call, answer: Shown) -> Iterator[str]:
    return view.lines(answer)


def _ended(_: Call, answer: Shown) -> Iterator[str]:
    yield f"team {answer.name} has ended"
    for one in answer.members:
        if one.child and one.worktree and one.status != "ended":
            yield f"  {printable(one.name)} ({one.session}) is {one.status}, in {printable(one.worktree)}"


def _sent(_: Call, answer: Sent) -> Iterator[str]:
    names = ", ".join(f"{printable(one.name)} ({one.status})" for one in answer.recipients)
    yield f"sent to {answer.to}: {names or 'nobody else is in it now'}"


def _id(_: Call, answer: Shown) -> Iterator[str]:
    yield answer.name


def _halted(_: Call, answer: Halts) -> Iterator[str]:
    for one in answer.halts:
        yield from halt_lines(one)


COMMANDS = (
    Command("team create", Create, create, _lines, quiet=_id),
    Command("team send", Message, post, _sent),
    Command("team halt", Stop, halt, _halted, does="destroys"),
    Command("team end", End, end, _ended, does="destroys"),
)
