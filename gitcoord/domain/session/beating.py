"""Say that this session is alive, and what it is doing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.command import Argument, Command, nothing, option
from gitcoord.domain.session import beat
from gitcoord.errors.refusal import NoProcess
from gitcoord.errors.usage import GoesWith
from gitcoord.kernel import process
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.session.beat import Beat
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Beaten:
    """A sign of life was given."""

    session: str
    at: Moment
    renewed: bool


def give(workspace: Workspace, me: Session, said: Beat) -> Beaten:
    """Replace the session's beat; what says something is kept on its log too. Renews a lease that is due."""
    if said.to_json():
        what = said.action or said.phase or "progress"
        share = f" ({said.progress} %)" if said.progress is not None else ""
        draft = Draft("progress", f"{printable(what)}{share}", said.to_json())
        workspace.ledger.append(me.id, lambda _: [draft])
    beat.put(workspace, me.id, said)
    return Beaten(me.id, Moment(said.time), renew_if_due(workspace, me.id))


def keep(workspace: Workspace, me: Session, every: int, pid: int) -> Beaten:
    """Give a sign of life every so many seconds while a process lives. Raises `NotFound` where it does not."""
    watched = process.read(pid)
    if watched is None:
        raise NoProcess(pid)
    mark = process.mark(watched)
    last = give(workspace, me, beat.Beat(workspace.clock.now()))
    due = time.monotonic() + every
    while process.state_of(mark) == "alive":
        time.sleep(min(1.0, max(0.0, due - time.monotonic())))
        if time.monotonic() >= due:
            last = give(workspace, me, beat.Beat(workspace.clock.now()))
            due += every
    return last


@dataclass(frozen=True, slots=True)
class Sign:
    """Give a sign of life."""

    action: Annotated[str, Argument("ACTION", "What this session does now.")] = ""
    target: Annotated[str, option(metavar="T", help="The file or thing it works on.")] = ""
    phase: Annotated[str, option(metavar="P", help="The phase of its work.")] = ""
    progress: Annotated[int | None, option(metavar="0-100", least=0, most=100, help="Percent done.")] = None
    upcoming: Annotated[str, option("--next", metavar="TEXT", help="What comes next.")] = ""
    eta: Annotated[str, option(metavar="D", help="How long it will take: 20m.")] = ""
    touched: Annotated[list[str], option(metavar="PATH", help="A file touched; may be repeated.")] = field(
        default_factory=list
    )
    every: Annotated[str, option(metavar="D", help="Repeat it, as often as this: 5m.")] = ""
    while_pid: Annotated[int, option(metavar="PID", least=0, help="With --every: while this process lives.")] = 0


def run(call: Call, request: Sign) -> Beaten:
    """Give a sign of life, or one after the other while a process lives."""
    if bool(request.every) != bool(request.while_pid):
        names = ("--every", "--while-pid") if request.every else ("--while-pid", "--every")
        raise GoesWith(*names, example="beat --every 1m --while-pid 4711")
    seconds = duration.parse(request.every) if request.every else 0
    now = call.now
    done = now + duration.parse(request.eta) if request.eta else None
    said = beat.Beat(
        now,
        request.action,
        request.target,
        request.phase,
        request.progress,
        request.upcoming,
        done,
        tuple(request.touched),
    )
    answer = give(call.workspace, call.me(), said)
    return keep(call.workspace, call.me(), seconds, request.while_pid) if seconds else answer


COMMANDS = (Command("beat", Sign, run, nothing),)
