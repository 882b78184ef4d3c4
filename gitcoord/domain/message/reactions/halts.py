"""Who is told that work is halted, and that it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain.halt import concern
from gitcoord.domain.message.notification import EVERYBODY, letter, post, to
from gitcoord.domain.reaction import Reaction
from gitcoord.domain.session import record as session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.halt.facts import Called, Over
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Event


def _tell_whom_it_concerns(workspace: Workspace, called: Called, _: Sequence[Event]) -> None:
    """Send everybody whom a halt concerns an urgent message, which wakes those who wait for one."""
    halt, state = called.halt, called.state
    said = replace(
        letter("halted", concern.sentence(halt), "Stop here, and wait until a person ends the halt."), priority="urgent"
    )
    if not halt.sessions and not halt.scopes:
        post(workspace, called.session, [(EVERYBODY, said)])
        return
    readers = [
        item for item in session.every(state) if item.id != called.session and concern.concerns(state, halt, item)
    ]
    post(workspace, called.session, [(to(item), said) for item in readers])


def _tell_everybody(workspace: Workspace, over: Over, _: Sequence[Event]) -> None:
    why = f": {over.why.strip()}" if over.why.strip() else ""
    said = replace(letter("resumed", f"the halt is over, work goes on{why}"), priority="urgent")
    post(workspace, over.session, [(EVERYBODY, said)])


REACTIONS = (
    Reaction("halt", follow=_tell_whom_it_concerns),
    Reaction("resume", follow=_tell_everybody),
)
