"""`git coord beat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.session import beating as beat
from gitcoord.domain.session.beat import Beat
from gitcoord.errors import Usage
from gitcoord.policy import duration

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="What this session does now.")] = "",
    target: Annotated[str, typer.Option(metavar="T", help="What it does that to.")] = "",
    phase: Annotated[str, typer.Option(metavar="P", help="The phase of its work.")] = "",
    progress: Annotated[int | None, typer.Option(metavar="0-100", min=0, max=100, help="Percent done.")] = None,
    upcoming: Annotated[str, typer.Option("--next", metavar="TEXT", help="What comes next.")] = "",
    eta: Annotated[str, typer.Option(metavar="D", help="How long it will take: 20m.")] = "",
    touched: Annotated[list[str], typer.Option(metavar="PATH", help="A file touched; may be repeated.")] = NONE,
    every: Annotated[str, typer.Option(metavar="D", help="Keep on, as often as this.")] = "",
    while_pid: Annotated[int, typer.Option(metavar="PID", min=0, help="With --every: while this process lives.")] = 0,
) -> None:
    """Give a sign of life."""
    this: Invocation = context.obj
    if bool(every) != bool(while_pid):
        raise Usage("--every and --while-pid go together")
    seconds = duration.parse(every) if every else 0
    now = this.clock.now()
    done = now + duration.parse(eta) if eta else None
    said = Beat(now, action, target, phase, progress, upcoming, done, tuple(touched))
    record = beat.give(this.call.workspace, this.call.me(), said)
    if seconds:
        record = beat.keep(this.call.workspace, this.call.me(), seconds, while_pid)
    this.answer(record, [])
