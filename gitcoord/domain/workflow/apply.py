"""What the operations on workflows do to the state. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import replace
from gitcoord.domain import fields
from gitcoord.domain.session import record as session
from gitcoord.domain.state.record import is_name
from gitcoord.domain.task import record as tasks
from gitcoord.domain.task.apply import life, payload
from gitcoord.domain.workflow import record
from gitcoord.domain.workflow.record import Stage, Workflow
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId

if TYPE_CHECKING:
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State


def apply_start(state: State, operation: Operation) -> Verdict:
    """Start a workflow: every stage becomes a task, in one operation. A stage depends only on stages before it."""
    title, items = fields.text(operation.data, "title"), fields.records(operation.data, "stages")
    if not title.strip() or len(title) > limits.TITLE or any(char < " " for char in title):
        raise Malformed("the title of a workflow is one short line")
    if not 0 < len(items) <= limits.STAGES:
        raise Malformed(f"a workflow has 1 to {limits.STAGES} stages")
    if not EventId.fits(operation.event.id) or record.read(state, operation.event.id) is not None:
        raise Malformed("the id belongs to a workflow, or is none")
    read = _stages(state, operation, items)
    if record.count(state) >= limits.WORKFLOWS:
        return Verdict("quota")
    for _, task, body in read:
        life.add(state, operation, replace(task, workflow=operation.event.id))
        tasks.put_text(state, task.id, "body", body)
    by = session.read(state, operation.session)
    called = by.name if by is not None else operation.session
    stages = tuple(stage for stage, _, _ in read)
    made = (operation.event.id, operation.number, title, operation.session, called, operation.time, stages)
    record.put(state, Workflow(*made, left=len(stages)))
    return Verdict()


def _stages(state: State, operation: Operation, items: list[dict[str, Any]]) -> list[tuple[Stage, Task, str]]:
    """Return the stages of a payload, each with its task and what is to be done. Raises `Malformed`."""
    found: list[tuple[Stage, Task, str]] = []
    names: set[str] = set()
    ids: set[str] = set()
    for item in items:
        name, own = fields.text(item, "stage"), payload.id_in(item)
        on_complete = fields.text(item, "on_complete", "handoff")
        if not is_name(name) or name in names or on_complete not in record.ON_COMPLETE:
            raise Malformed("two stages have one name, or one has no name, or on_complete is unknown")
        if own in ids or tasks.read(state, own) is not None:
            raise Malformed("the id of a stage belongs to another task")
        event = replace(operation.event, id=own, data=item)
        task = payload.task_in(Operation(operation.number, event, operation.time))
        if not ids.issuperset(task.after) or task.after_any or task.parent:
            raise Malformed("a stage depends on stages before it, and on nothing else")
        found.append((Stage(name, own, on_complete), task, payload.body_in(item.get("instruction", ""))))
        names.add(name)
        ids.add(own)
    return found


def _open(state: State, operation: Operation) -> tuple[Workflow | None, Verdict]:
    name = record.workflow_in(operation.data)
    flow = record.read(state, name)
    if flow is None:
        return None, Verdict("not_found", {"workflow": name})
    if flow.status != "open":
        return None, Verdict("ended", {"workflow": name, "status": flow.status})
    return flow, Verdict()


def apply_cancel(state: State, operation: Operation) -> Verdict:
    """Cancel a workflow and its open stages, whoever holds them; the holders are told."""
    flow, refused = _open(state, operation)
    if flow is None:
        return refused
    record.put(state, replace(flow, status="cancelled", closed=operation.time))
    for stage in flow.stages:
        task = tasks.read(state, stage.task)
        if task is not None and task.is_open:
            life.end(state, operation, task, "cancelled", error=operation.event.body[: limits.TEXT])
    return Verdict()


def apply_retry(state: State, operation: Operation) -> Verdict:
    """Offer a stage again that failed or was cancelled, with all its attempts; those behind it wait for it still."""
    name = fields.text(operation.data, "stage")
    flow, refused = _open(state, operation)
    if flow is None:
        return refused
    stage = next((stage for stage in flow.stages if stage.name == name), None)
    task = tasks.read(state, stage.task) if stage is not None else None
    if task is None:
        return Verdict("not_found", {"workflow": flow.id, "stage": name})
    if task.status not in ("failed", "cancelled"):
        return Verdict("open", {"workflow": flow.id, "stage": name, "status": task.status})
    before = [tasks.read(state, other) for other in task.after]
    left = sum(1 for other in before if other is not None and other.status != "completed")
    again = replace(
        task,
        status="pending",
        failures=0,
        lost=0,
        error="",
        ended=0,
        progress=None,
        from_time=0,
        left=left,
        declined=(),
    )
    life.rest(state, again, task, operation.time)
    return Verdict(detail={"id": task.id})
