"""What `halt --auto` keeps: the uncommitted work of the sessions that it stops, as far as it is in this clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.halt import concern
from gitcoord.domain.session import record as session
from gitcoord.domain.snapshot import keeping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.halt.record import Halt
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Saved:
    """A session that was stopped: the id of the snapshot of its worktree, or '' and `why` there is none."""

    session: SessionId
    name: str
    snapshot: str
    why: str


def save(call: Call, state: State, halt: Halt) -> Iterator[Saved]:
    """Take a snapshot of the worktree of each session that a halt concerns, once where several share one.

    It is under the refs of the session, and changes neither its index nor a file.
    """
    seen: dict[str, str] = {}
    for item in session.every(state):
        if not concern.concerns(state, halt, item):
            continue
        if not call.workspace.is_ours(item):
            yield Saved(item.id, item.name, "", "it works in another clone, which keeps it when it hears of the halt")
        elif not item.worktree:
            yield Saved(item.id, item.name, "", "no worktree of it is known")
        elif item.worktree in seen:
            yield Saved(item.id, item.name, seen[item.worktree], "")
        else:
            kept = keeping.keep(call, item, item.worktree, "halt")
            if kept is None:
                yield Saved(item.id, item.name, "", "there is nothing to keep")
                continue
            seen[item.worktree] = kept.id
            yield Saved(item.id, item.name, kept.id, "")
