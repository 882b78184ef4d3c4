"""Start a session, or go on with one that is over, as somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import registry
from gitcoord.domain.claim import view as claims
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.message import inbox
from gitcoord.domain.session import identity, record, start
from gitcoord.domain.session import resume as resuming
from gitcoord.errors.remedy import Remedy
from gitcoord.policy import duration, halting
from gitcoord.policy.ids import SessionId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Start:
    """Start a session and print its id."""

    name: Annotated[str, Argument("NAME", "What people call it.")] = ""
    role: Annotated[str, option(metavar="R", help="Its role: reviewer, integrator, ...")] = ""
    can: Annotated[list[str], option(metavar="CAP", help="A capability; may be repeated.")] = field(
        default_factory=list
    )
    work: Annotated[str, option(metavar="TEXT", help="What it is going to do.")] = ""
    parent: Annotated[str, option(metavar="ID", help="The session that it works for.")] = ""
    lease: Annotated[str, option(metavar="D", help="Length of its lease; 30m by default.")] = ""
    resume: Annotated[str, option(metavar="ID", help="Go on with the work of a session that is over.")] = ""
    pid: Annotated[int, option(metavar="PID", least=0, help="Its process; detected when left out.")] = 0


def run(call: Call, request: Start) -> start.Started:
    """Start a session, with `resume` in place of one that is over; an agent that has one already is told so.

    Raises what `start` and `resume` raise.
    """
    lease = duration.parse(request.lease) if request.lease else 0
    wanted = start.Request(
        request.name,
        request.role.strip(),
        tuple(request.can),
        request.work,
        SessionId(request.parent),
        lease,
        request.pid,
    )
    if request.resume:
        answer: start.Started = resuming.resume(call.workspace, wanted, request.resume, single=call.around.single)
    else:
        before = call.state
        answer = start.start(call.workspace, wanted, single=call.around.single)
        known = record.read(before, answer.session)
        if known is not None and known.agent:
            call.note(f"this window is {printable(answer.name)} ({answer.session}) already: it goes on as that")
    _say_who_is_obeyed(call, answer.session, SessionId(request.parent))
    _tell_of_halts(call, answer.session)
    _tell_of_mail(call, answer.session)
    state = call.state
    call.warnings += registry.greeting(call.workspace, state, identity.named(call.workspace, state, answer.session))
    if isinstance(answer, resuming.Resumed):
        _tell_of_claims(call, answer)
    return answer


def _say_who_is_obeyed(call: Call, session: SessionId, parent: SessionId) -> None:
    """Warn a caller whose environment names another session: commands obey that one, not the new one."""
    named = call.environ.get(identity.VARIABLE, "")
    if named and not parent:
        call.warnings.append(
            f"commands here are still those of {printable(named)}, as {identity.VARIABLE} says; "
            f"to be the new one: export {identity.VARIABLE}={session}"
        )


def _tell_of_halts(call: Call, session: SessionId) -> None:
    """Tell a new session of the halts that concern it; it answers them like any other session."""
    state = call.state
    if state.has(halting.PATH):
        from gitcoord.domain.halt import answering

        call.warnings += answering.answer(call.workspace, state, identity.named(call.workspace, state, session))


def _tell_of_mail(call: Call, session: SessionId) -> None:
    """Tell a new session of the messages that were sent to its name, role or capabilities."""
    count = inbox.count(call.workspace, identity.named(call.workspace, call.state, session))
    if count:
        were = "messages were" if count > 1 else "message was"
        call.warnings.append(Remedy(f"{count} {were} left for this session: {{}}", "inbox"))


def _tell_of_claims(call: Call, again: resuming.Resumed) -> None:
    """Tell which claims and tasks of the old session came back, and which did not."""
    if again.retired_at is not None:
        who = record.called(call.state, again.retired_by)
        held = "" if again.claims or again.conflicts else "; it held nothing then"
        call.note(f"{printable(again.resumed)} was retired by {who} at {again.retired_at.clock()}{held}")
    for claim in again.claims:
        call.note(f"{printable(claim.scope)} is yours again")
    for task in again.tasks:
        title = f"task {task.id[:8]} ({printable(task.title)})"
        call.note(f"{title} is yours again" if not task.why else f"{title} did not come back: {printable(task.why)}")
    for conflict in again.conflicts:
        call.note(claims.conflict(conflict, call.now))


def _id(_: Call, answer: start.Started) -> Iterator[str]:
    yield answer.session


COMMANDS = (Command("start", Start, run, _id, quiet=_id),)
