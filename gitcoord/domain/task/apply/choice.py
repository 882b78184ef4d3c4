"""Which task a session is given: the best that is ready, that it may take, and whose scopes are free."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

from gitcoord.domain.claim import record as claim
from gitcoord.domain.halt import record as halt
from gitcoord.domain.role import record as role
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record
from gitcoord.errors.storage import StateDamaged
from gitcoord.kernel.lightjson import loads
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State
    from gitcoord.policy.roles import Rights

AT_ONCE = 200
"""Tasks whose time has come, and that stand in the index of the later ones still, are put in line so many at once."""


def best(state: State, me: Session, kind: str, now: int) -> Task | None:
    """Return the task that a session is given now (seconds) of a type ('' for any); None where there is none.

    The highest priority counts first, then the age. A task whose scopes somebody else claims, or a halt stops,
    is passed over.
    """
    for task in fit(state, me, kind, now):
        if not claim.in_the_way(state, me.id, task.scopes, shared=False):
            return task
    return None


def fit(state: State, me: Session, kind: str, now: int) -> Iterator[Task]:
    """Return the tasks that a session may be given as far as claims are not in the way of them, the best first."""
    limits = role.rights(state, me.bound)
    for wanted, name in _in_line(state, now):
        if (kind and wanted.get("type", "") != kind) or _refusal(state, wanted, me, limits):
            continue
        task = record.read(state, name)
        if (
            task is not None
            and task.is_open
            and not is_late(task, now)
            and not _is_stopped(state, me, task, now, limits)
        ):
            yield task


def refusal(state: State, wanted: dict[str, Any], me: Session) -> dict[str, Any]:
    """Return why a session may not be given a task of these criteria (`record.criteria`); {} where it may.

    With `given` among them its holder gives it: its role has to allow its type alone.
    """
    return _refusal(state, wanted, me, role.rights(state, me.bound))


def _refusal(state: State, wanted: dict[str, Any], me: Session, limits: Rights | None) -> dict[str, Any]:
    to = wanted.get("to")
    if limits is not None and not limits.allows_task(wanted.get("type", ""), addressed=bool(to or wanted.get("given"))):
        return {"role": limits.role, "right": "tasks"}
    if to and not _bears(state, me, to):
        return {"to": to}
    missing = [need for need in wanted.get("needs", ()) if need not in me.capabilities]
    if missing:
        return {"needs": missing[:5]}
    made = any(one in wanted.get("makers", ()) for one in (me.id, *me.ancestors))  # a child's work is its parent's
    return {"but": me.id} if made or me.id in wanted.get("but", ()) else {}


def _bears(state: State, me: Session, to: dict[str, str]) -> bool:
    """Whether a task for this address is for the session; one for a session that is over is for its namesake."""
    if "session" in to:
        return me.id == to["session"] or (
            bool(me.name) and me.name == to.get("name") and session.read(state, SessionId(to["session"])) is None
        )
    if "name" in to:
        return me.name == to["name"]
    if "team" in to:
        return to["team"] in me.teams
    return me.role == to["role"] if "role" in to else to.get("can") in me.capabilities


def is_late(task: Task, now: int) -> bool:
    """Whether the deadline of a task is over."""
    return task.deadline is not None and now > task.deadline


def _is_stopped(state: State, me: Session, task: Task, now: int, limits: Rights | None) -> bool:
    """Whether the role of the session, or a halt, keeps it from the scopes of a task."""
    if not task.scopes:
        return False
    if limits is not None and role.beyond(limits, task.scopes) is not None:
        return True
    return halt.stopping(state, me.id, now, task.scopes) is not None


def _in_line(state: State, now: int) -> Iterator[tuple[dict[str, Any], str]]:
    """Every task that is ready, the best first, each with its criteria. Read as far as the caller goes."""
    ripe = record.timed(state, "later", now)
    early = [task for name in _take(ripe, AT_ONCE) if (task := record.read(state, name)) is not None]
    early.sort(key=record.order)
    ready = ((key, wanted, name) for key, wanted, name in _ready(state))
    soon = ((record.order(task), record.criteria(task), task.id) for task in early)
    for _, wanted, name in heapq.merge(ready, soon, key=lambda item: item[0]):
        yield wanted, name
    for name in ripe:
        task = record.read(state, name)
        if task is not None:
            yield record.criteria(task), name


def _take(names: Iterator[str], most: int) -> Iterator[str]:
    for _, name in zip(range(most), names, strict=False):
        yield name


def _ready(state: State) -> Iterator[tuple[tuple[int, int], dict[str, Any], str]]:
    for path in record.entries(state, "ready"):
        content = state.read(path)
        yield record.order_in(path), _criteria(path, content) if content else {}, record.id_in(path)


def _criteria(path: str, content: bytes) -> dict[str, Any]:
    try:
        found = loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise StateDamaged(path, "is not a JSON object")
    return found
