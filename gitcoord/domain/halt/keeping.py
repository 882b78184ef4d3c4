"""What `halt --auto` keeps: the uncommitted work of the sessions that it stops, as far as it is in this clone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.halt import concern
from gitcoord.domain.session import record as session
from gitcoord.domain.snapshot import keeping
from gitcoord.domain.snapshot.content import Left  # noqa: TC001 - the fields of an answer are looked up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.halt.record import Halt
    from gitcoord.domain.snapshot.keeping import Work
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Saved:
    """A session that was stopped: the id of the snapshot of its worktree, or '' and `why` there is none.

    `left` is what a snapshot leaves out.
    """

    session: SessionId
    name: str
    snapshot: str
    why: str
    left: list[Left] = field(default_factory=list)


def save(call: Call, state: State, halt: Halt) -> Iterator[Saved]:
    """Take a snapshot of the worktree of each session that a halt concerns, once where several share one.

    It is under the refs of the session, and changes neither its index nor a file.
    """
    seen: dict[str, Work] = {}
    for item in session.every(state):
        if not concern.concerns(state, halt, item):
            continue
        if not call.workspace.is_ours(item):
            yield Saved(item.id, item.name, "", "it works in another clone, which keeps it when it hears of the halt")
        elif not item.worktree:
            yield Saved(item.id, item.name, "", "no worktree of it is known")
        else:
            work = seen.get(item.worktree) or keeping.own(call.workspace, item, item.worktree, "halt")
            seen[item.worktree] = work
            yield Saved(item.id, item.name, work.kept.id if work.kept is not None else "", work.why, work.left)
