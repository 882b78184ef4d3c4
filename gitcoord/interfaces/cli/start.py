"""`git coord start`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.claim import view
from gitcoord.domain.message import inbox
from gitcoord.domain.session import identity, start
from gitcoord.domain.session import record as sessions
from gitcoord.domain.session import resume as resume_session
from gitcoord.policy import duration, halting
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What people call it.")] = "",
    role: Annotated[str, typer.Option(metavar="R", help="Its role: reviewer, integrator, ...")] = "",
    can: Annotated[list[str], typer.Option(metavar="CAP", help="A capability; may be repeated.")] = NONE,
    work: Annotated[str, typer.Option(metavar="TEXT", help="What it is going to do.")] = "",
    parent: Annotated[str, typer.Option(metavar="ID", help="The session that it works for.")] = "",
    lease: Annotated[str, typer.Option(metavar="D", help="Length of its lease; 30m by default.")] = "",
    resume: Annotated[str, typer.Option(metavar="ID", help="Go on with the work of a session that is over.")] = "",
    pid: Annotated[int, typer.Option(metavar="PID", min=0, help="Its process; found by itself otherwise.")] = 0,
) -> None:
    """Start a session and print its id."""
    this: Invocation = context.obj
    seconds = duration.parse(lease) if lease else 0
    request = start.Request(name, role, tuple(can), work, parent, seconds, pid)
    if not resume:
        record = start.start(this.call.workspace, request)
        _say_who_is_obeyed(this, record.session, parent)
        _tell_of_halts(this, record.session)
        _tell_of_mail(this, record.session)
        this.answer(record, [record.session])
        return
    again = resume_session.resume(this.call.workspace, request, resume)
    _say_who_is_obeyed(this, again.session, parent)
    _tell_of_halts(this, again.session)
    _tell_of_mail(this, again.session)
    this.answer(again, [again.session])
    if again.retired_at is not None:
        who = sessions.called(this.call.workspace.ledger.state(), again.retired_by)
        held = "" if again.claims or again.conflicts else "; it held nothing then"
        this.note(f"{printable(again.resumed)} was retired by {who} at {again.retired_at.clock()}{held}")
    for item in again.claims:
        this.note(f"{printable(item.scope)} is yours again")
    for conflict in again.conflicts:
        this.note(view.conflict(conflict, this.clock.now()))


def _tell_of_halts(this: Invocation, session: str) -> None:
    """A new session starts halted where a halt concerns it, and answers like any other."""
    workspace = this.call.workspace
    state = workspace.ledger.state()
    if state.has(halting.PATH):
        from gitcoord.domain.halt import answering

        this.call.warnings += answering.answer(workspace, state, identity.named(workspace, state, session))


def _tell_of_mail(this: Invocation, session: str) -> None:
    """What was sent to a name, a role or a capability is not lost with whoever had it."""
    count = inbox.count(
        this.call.workspace, identity.named(this.call.workspace, this.call.workspace.ledger.state(), session)
    )
    if count:
        were = "messages were" if count > 1 else "message was"
        this.call.warnings.append(f"{count} {were} left for this session: git coord inbox")


def _say_who_is_obeyed(this: Invocation, session: str, parent: str) -> None:
    """Who begins anew in a shell that names a session is not that new one until it says so."""
    named = this.environ.get("GIT_COORD_SESSION", "")
    if named and not parent:
        this.call.warnings.append(
            f"commands here are still those of {printable(named)}, as GIT_COORD_SESSION says; "
            f"to be the new one: export GIT_COORD_SESSION={session}"
        )
