"""Take the tasks of a session that is over again, for the one that goes on with its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record, recording
from gitcoord.errors import Refused
from gitcoord.ledger.event import Draft

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Regained:
    """A task that the old session held. `holder` is who holds it now, '' for nobody; `why` says why it did not come
    back, '' where it did.
    """

    id: str
    title: str
    status: str
    holder: str
    why: str


def regain(workspace: Workspace, me: Session, tasks: Iterable[str]) -> list[Regained]:
    """Take these tasks as far as they are free; tell what became of each."""
    return [_take(workspace, me, name) for name in tasks]


def _take(workspace: Workspace, me: Session, name: str) -> Regained:
    place = {"branch": checkout.branch(workspace), "head": checkout.head(workspace)}

    def make(state: State) -> list[Draft]:
        title = recording.called(recording.find(state, name))
        return [Draft("task-take", f"take task {title}", {"id": name, **place})]

    why = ""
    try:
        recording.record_all(workspace, me, make)
    except Refused as error:
        why = error.message
    state = workspace.ledger.state()
    task = record.read(state, name)
    if task is None:
        return Regained(name, "", "", "", why)
    holder = session.called(state, task.holder) if task.holder else ""
    return Regained(name, task.title, task.status, holder, why)
