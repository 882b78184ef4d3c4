"""Say that this session is alive, and what it is doing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.session import beat
from gitcoord.errors import NotFound
from gitcoord.kernel import process
from gitcoord.ledger.event import Draft
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
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
        raise NotFound(f"there is no process {pid} here")
    mark = process.mark(watched)
    last = give(workspace, me, beat.Beat(workspace.clock.now()))
    due = time.monotonic() + every
    while process.state_of(mark) == "alive":
        time.sleep(min(1.0, max(0.0, due - time.monotonic())))
        if time.monotonic() >= due:
            last = give(workspace, me, beat.Beat(workspace.clock.now()))
            due += every
    return last
