"""The life of a task: given to a session, given up, offered again, ended. Each step keeps index and edges true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain.claim import record as claim
from gitcoord.domain.notice import record as notice
from gitcoord.domain.release_point import record as release_point
from gitcoord.domain.task import record
from gitcoord.domain.workflow import record as workflow
from gitcoord.errors import Malformed
from gitcoord.policy import limits

if TYPE_CHECKING:
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

STEEPEST = 100
"""The pause between two attempts grows to at most so many times the first."""

HOW = {
    "failed": "failed",
    "timeout": "ran out of time",
    "lease": "lost its holder",
    "process": "lost its holder",
    "ahead": "lost its holder",
    "retired": "lost its holder",
}
"""How an attempt that counts as a failure ended, in words."""

LOST = ("lease", "process", "ahead", "retired")


def give(state: State, operation: Operation, task: Task, branch: str, head: str) -> Task:
    """Give an open task to the session of the operation, with the scopes that it needs. Raises `Malformed`."""
    holder, now = operation.session, operation.time
    if claim.read(state, holder, operation.event.id) is not None:
        raise Malformed("the id belongs to a live claim")
    given = replace(
        task,
        status="running",
        attempt=task.attempt + 1,
        holder=holder,
        grant=operation.event.id,
        token=operation.number,
        given=now,
        first_given=task.first_given or now,
        due=now + task.timeout if task.timeout else None,
        from_time=0,
        updated=now,
    )
    record.put(state, given, task)
    if task.scopes:
        why = task.title[: limits.TEXT]
        taken = claim.Claim(
            operation.event.id, holder, task.scopes, False, operation.number, now, None, why, branch, head
        )
        claim.put(state, taken)
    return given


def rest(state: State, task: Task, before: Task, now: int) -> Task:
    """Put an open task that nobody holds where it belongs: ready, ready later, or waiting for what it depends on."""
    ready = not task.left and not task.children and task.from_time <= now
    found = replace(task, status="ready" if ready else "pending", from_time=0 if ready else task.from_time)
    record.put(state, found, before)
    return found


def give_up(
    state: State,
    operation: Operation,
    task: Task,
    how: str,
    *,
    error: str = "",
    here: release_point.Place = release_point.UNKNOWN,
) -> Task:
    """Take a task from its holder and offer it again; where that was the last of its attempts, it has failed.

    `how` is a word: an attempt that ended as one of `HOW` counts, a task that is returned or declined loses none.
    """
    _take_from(state, operation, task, how, here)
    left = record.over(task, how, operation.session, operation.time)
    if how not in HOW:
        return rest(state, left, task, operation.time)
    left = replace(left, failures=task.failures + 1, lost=task.lost + (how in LOST), error=error or task.error)
    if left.failures >= task.attempts:
        return end(state, operation, left, "failed", before=task, error=_used_up(left, how, error))
    if how not in LOST:
        pause = min(task.backoff << min(task.failures, limits.JSON_DEPTH), task.backoff * STEEPEST)
        left = replace(left, from_time=operation.time + pause)
    return rest(state, left, task, operation.time)


def _used_up(task: Task, how: str, error: str) -> str:
    """Say why a task that ran out of attempts has failed."""
    attempts = "its attempt" if task.attempts == 1 else f"the last of its {task.attempts} attempts"
    lost = f"; {task.lost} of them lost their holder" if task.lost and task.attempts > 1 else ""
    said = f": {error}" if error else ""
    return f"{attempts} {HOW[how]}{lost}{said}"[: limits.TEXT]


def end(
    state: State,
    operation: Operation,
    task: Task,
    status: str,
    *,
    before: Task | None = None,
    how: str = "",
    here: release_point.Place = release_point.UNKNOWN,
    error: str = "",
    commit: str = "",
    evidence: str = "",
) -> Task:
    """End a task, give its scopes back, and let go what depended on it. `before` is what the state has of it.

    `how` is how the attempt of its holder ended, where that is another word than `status`.
    """
    before = before or task
    if task.holder:
        _take_from(state, operation, task, status, here)
        task = record.over(task, how or status, operation.session, operation.time)
    ended = replace(
        task,
        status=status,
        error=error or ("" if status == "completed" else task.error),
        commit=commit,
        evidence=evidence,
        ended=operation.time,
        updated=operation.time,
        progress=100 if status == "completed" else task.progress,
    )
    record.put(state, ended, before)
    _let_go(state, operation, ended)
    if task.workflow and status != "completed":
        workflow.missed(state, operation, ended)
    return ended


def _let_go(state: State, operation: Operation, ended: Task) -> None:
    """Let what depended on a task, and what grouped it, wait for it no longer."""
    for name in record.dependents(state, ended.id):
        other = record.read(state, name)
        if other is not None and other.is_open and (ended.status == "completed" or ended.id in other.after_any):
            _settle(state, operation, replace(other, left=max(0, other.left - 1)), other)
    parent = record.read(state, ended.parent) if ended.parent else None
    if parent is not None and parent.is_open:
        _settle(state, operation, replace(parent, children=max(0, parent.children - 1)), parent)


def _settle(state: State, operation: Operation, task: Task, before: Task) -> None:
    """Write a task of which something that held it back has ended or begun."""
    if task.is_held:
        record.put(state, task, before)
    else:
        rest(state, task, before, operation.time)


def add(state: State, operation: Operation, task: Task) -> Task:
    """Put a new task into the state, with its edges to those that it depends on and to the one that groups it."""
    left = 0
    for name in (*task.after, *task.after_any):
        other = record.read(state, name)
        if other is None or other.status == "completed" or (not other.is_open and name in task.after_any):
            continue
        left += 1
        if other.is_open:
            record.link(state, name, task.id)
    parent = record.read(state, task.parent) if task.parent else None
    if parent is not None:
        record.adopt(state, parent.id, task.id)
        _settle(state, operation, replace(parent, children=parent.children + 1), parent)
    added = replace(task, left=left)
    ready = not left and task.from_time <= operation.time
    added = replace(added, status="ready" if ready else "pending", from_time=0 if ready else task.from_time)
    record.put(state, added)
    return added


def closes_circle(state: State, task: Task) -> bool:
    """Whether a new task could never be done: what it depends on waits, over whatever way, for what groups it.

    Also where more tasks than the schema allows would have to be looked at to find out.
    """
    if not task.parent:
        return False
    seen: set[str] = set()
    left = [*task.after, *task.after_any]
    while left:
        name = left.pop()
        if name == task.parent or len(seen) > limits.CHILDREN:
            return True
        other = record.read(state, name) if name not in seen else None
        seen.add(name)
        if other is not None and other.is_open:
            left += [*other.after, *other.after_any, *record.children(state, name)]
    return False


def is_crowded(state: State, name: str) -> bool:
    """Whether no further task may depend on this one: each of them is written when it ends."""
    return len(record.dependents(state, name)) >= limits.CHILDREN


def give_back(state: State, operation: Operation, session: SessionId, how: str) -> None:
    """Offer every task of a session again: it ended (`ended`), or was found to be gone (`retired`)."""
    for task in record.held_by(state, session):
        give_up(state, operation, task, how)


def _take_from(state: State, operation: Operation, task: Task, how: str, here: release_point.Place) -> None:
    """Give back what is left of the scopes that came with a task; its holder is told where another session does it."""
    held = claim.read(state, task.holder, task.grant) if task.scopes else None
    if held is not None:
        if task.holder == operation.session:
            release_point.record(state, operation, held.scopes, held.head, here)
        claim.drop(state, held)
    if task.holder != operation.session:
        notice.leave(state, task.holder, operation, "task", task=task.id, title=task.title[: limits.TEXT], how=how)
