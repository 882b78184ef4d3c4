"""A worktree, a branch, a session and a process for each role of a team."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import checkout
from gitcoord.domain.session import end, identity, start
from gitcoord.domain.team import begun, output
from gitcoord.errors import CoordError
from gitcoord.errors.refusal import Given
from gitcoord.errors.storage import CannotAccess
from gitcoord.errors.usage import Bare, NoCommit
from gitcoord.kernel import branches, revision
from gitcoord.kernel.gate import Gate
from gitcoord.kernel.git import scrubbed
from gitcoord.kernel.place import discover
from gitcoord.kernel.refname import HEADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.policy.ids import SessionId

TEAM, ROLE, WORK = "GIT_COORD_TEAM", "GIT_COORD_ROLE", "GIT_COORD_WORK"
"""The variables in which a program that is started finds its team, its role and what it works on."""


@dataclass(frozen=True, slots=True)
class Spawned:
    """A session that was started for a role."""

    session: SessionId
    role: str


@dataclass(frozen=True, slots=True)
class _Seat:
    """Where the work of a role is to stand. `name` is that of session, branch and worktree."""

    role: str
    name: str
    path: Path


@contextmanager
def started(call: Call, me: Session, team: str, roles: list[str], command: str, work: str) -> Iterator[list[Spawned]]:
    """Prepare a worktree, a branch and a session for each role; the programs begin when the block has ended well.

    Where anything fails, all that was made is taken away again: nothing ran there. Where we are killed, the next one
    does that. Raises `Usage`, `Exists`, `Busy`.
    """
    begun.sweep(call)
    made: list[Spawned] = []
    gates: list[Gate] = []
    seats = _seats(call, team, roles)
    places = [(seat.name, str(seat.path)) for seat in seats]
    with begun.noted(call, team, checkout.head(call.workspace), places), ExitStack() as undo:
        for seat in seats:
            git_dir = _add(call, seat)
            undo.callback(_remove, call, seat)
            environ = {**scrubbed(dict(call.environ)), TEAM: team, ROLE: seat.role, WORK: work}
            try:
                gate = Gate(command, environ, str(seat.path), output.of_git_dir(git_dir), identity.VARIABLE)
            except OSError as error:
                raise CannotAccess("start", "a shell", error.strerror or error) from error
            undo.callback(gate.close)
            session = _register(call, me, seat, work, gate.pid)
            undo.callback(_end, call, session)
            made.append(Spawned(session, seat.role))
            gates.append(gate)
        yield made
        undo.pop_all()
    for gate, one in zip(gates, made, strict=True):
        gate.open(one.session)


def _seats(call: Call, team: str, roles: list[str]) -> list[_Seat]:
    """Return a seat for each role. Raises `Usage`, and `Exists` where a branch or a directory is there already."""
    top = call.place.top
    if not top:
        raise Bare("worktree to begin with", "run it in a worktree, or name sessions with --member")
    seats: list[_Seat] = []
    for role in roles:
        name, count = f"{team}-{_word(role)}", 1
        while any(seat.name == name for seat in seats):
            count += 1
            name = f"{team}-{_word(role)}-{count}"
        seats.append(_Seat(role, name, Path(top).parent / f"{Path(top).name}-{name}"))
    for seat in seats:
        if branches.tip(call.place, HEADS + seat.name):
            raise Given("branch", seat.name, "give the team another name, or rename the branch")
        if seat.path.exists():
            raise Given("directory", str(seat.path), "give the team another name, or move it away")
    if not revision.commit(call.place.git, "HEAD"):
        raise NoCommit("HEAD")
    if call.place.git.ask("diff-index", "--quiet", "HEAD")[0] == 1:
        call.warnings.append("what is not committed here is not in the worktrees of the team")
    return seats


def _word(role: str) -> str:
    """Return a role as a part of a branch's name."""
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in role.lower())
    return "-".join(part for part in plain.split("-") if part) or "member"


def _add(call: Call, seat: _Seat) -> str:
    """Make branch and worktree at HEAD; returns the worktree's git directory. Raises `GitFailed`."""
    call.place.git.run("worktree", "add", "--quiet", "-b", seat.name, str(seat.path), "HEAD")
    return discover(str(seat.path), scrubbed(dict(call.environ))).git_dir


def _remove(call: Call, seat: _Seat) -> None:
    """Take a branch and a worktree away that were just made, in which nothing ran."""
    for words in (("worktree", "remove", "--force", str(seat.path)), ("branch", "--quiet", "-D", seat.name)):
        call.place.git.ask(*words)


def _register(call: Call, me: Session, seat: _Seat, work: str, pid: int) -> SessionId:
    """Start the session of a role, in its worktree; returns its id."""
    there = replace(call.workspace, place=discover(str(seat.path), scrubbed(dict(call.environ))))
    request = start.Request(seat.name, seat.role, (), work, parent=me.id, pid=pid)
    return start.start(there, request).session


def _end(call: Call, session: SessionId) -> None:
    """End a session whose team did not come about."""
    with suppress(CoordError):
        end.end(call.workspace, identity.named(call.workspace, call.state, session), "its team was not made")
