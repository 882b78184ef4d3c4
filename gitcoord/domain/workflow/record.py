"""What the state holds of workflows, and what follows for them when a task of theirs ends.

workflows/all/<first 2 digits>/<id>     a workflow with its stages, each of which is a task
workflows/open/<id>                     those that are not over: empty
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import fields
from gitcoord.domain.notice import record as notice
from gitcoord.domain.task import record as tasks
from gitcoord.errors import Malformed
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId

if TYPE_CHECKING:
    from gitcoord.domain.release_point.record import Place
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

ALL, OPEN = "workflows/all", "workflows/open"
ON_COMPLETE = ("handoff", "merge", "notify")

WHOLE = limits.TASK_TEXT_BYTES * 3 // 4
"""Bytes of a body up to which all that came of a stage is written into it; behind that, who completed it and where."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its name in the workflow, the id of its task, and what happens when it is complete."""

    name: str
    task: str
    on_complete: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow. Times are seconds; `left` counts the stages that are not complete.

    `status` is open, complete or cancelled; `closed` is 0 while it is open.
    """

    id: str
    number: int
    title: str
    by: SessionId
    by_name: str
    made: int
    stages: tuple[Stage, ...]
    left: int
    status: str = "open"
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a stage, as its session says: its commits, each as id and subject, and the files that changed."""

    commits: tuple[str, ...]
    files: tuple[str, ...]


def made_in(data: dict[str, Any]) -> Made:
    """Return what an operation says came of a stage. Raises `Malformed`."""
    commits, files = fields.texts(data, "commits"), fields.texts(data, "files")
    if len(commits) > limits.HANDED or len(files) > limits.HANDED:
        raise Malformed(f"a stage hands on at most {limits.HANDED} commits and files")
    return Made(tuple(commits), tuple(files))


def workflow_in(data: dict[str, Any]) -> str:
    """Return the id of the workflow that an operation is about. Raises `Malformed`."""
    name = fields.text(data, "workflow")
    if not EventId.fits(name):
        raise Malformed("the workflow is not an id")
    return name


def _path(name: str) -> str:
    return f"{ALL}/{name[:2]}/{name}"


def read(state: State, name: str) -> Workflow | None:
    """Return the workflow of this id, None where there is none."""
    record = state.json(_path(name)) if EventId.fits(name) else None
    if record is None:
        return None
    return Workflow(**{**record, "id": name, "stages": tuple(Stage(*stage) for stage in record["stages"])})


def put(state: State, flow: Workflow) -> None:
    """Write a workflow."""
    record = {name: getattr(flow, name) for name in Workflow.__slots__ if name != "id"}
    record["stages"] = [[stage.name, stage.task, stage.on_complete] for stage in flow.stages]
    state.write_json(_path(flow.id), record)
    if flow.status == "open":
        state.write(f"{OPEN}/{flow.id}", b"")
    else:
        state.remove(f"{OPEN}/{flow.id}")


def standing(state: State) -> list[Workflow]:
    """Return the workflows that are not over, the eldest first."""
    found = [flow for name in state.names(OPEN) if (flow := read(state, name)) is not None]
    return sorted(found, key=lambda flow: flow.number)


def count(state: State) -> int:
    """Return how many workflows are not over."""
    return len(state.names(OPEN))


def beginning(state: State, text: str) -> list[str]:
    """Return the ids of the workflows that begin so; at least two digits are needed."""
    return [name for name in state.names(f"{ALL}/{text[:2]}") if name.startswith(text)]


def _stage(state: State, task: Task) -> tuple[Workflow | None, Stage | None]:
    flow = read(state, task.workflow)
    stage = next((stage for stage in flow.stages if stage.task == task.id), None) if flow is not None else None
    return flow, stage


def completed(state: State, operation: Operation, task: Task, made: Made, here: Place, who: str) -> None:
    """Let the stages that depend on a completed one know what came of it; after the last one the workflow is over.

    `who` is what the session of the operation is called.
    """
    flow, stage = _stage(state, task)
    if flow is None or stage is None or flow.status != "open":
        return
    who_and_where, came_of_it = _complete(operation, stage, here, who), _handed(operation, task, made)
    for name in tasks.dependents(state, task.id):
        other = tasks.read(state, name)
        if other is None or other.workflow != flow.id:
            continue
        if not _fits(state, name, who_and_where + came_of_it, WHOLE):
            see = f"What came of it is too long for this task: it is in task {task.id[:8]} and on the branch."
            _fits(state, name, [*who_and_where, see], limits.TASK_TEXT_BYTES)
    left = flow.left - 1
    status, closed = ("open", 0) if left else ("complete", operation.time)
    put(state, replace(flow, left=left, status=status, closed=closed))
    if (stage.on_complete == "notify" or not left) and flow.by != operation.session:
        how = "stage" if left else "complete"
        notice.leave(state, flow.by, operation, "workflow", workflow=flow.title, stage=stage.name, how=how)


def _fits(state: State, task: str, lines: list[str], most: int) -> bool:
    """Write lines behind the body of a task; whether it has at most so many bytes then, else nothing changes."""
    before = tasks.text(state, task, "body")
    body = "\n".join([*([before, ""] if before else []), *lines])
    fits = len(body.encode("utf-8", "surrogateescape")) <= most
    if fits:
        tasks.put_text(state, task, "body", body)
    return fits


def _complete(operation: Operation, stage: Stage, here: Place, who: str) -> list[str]:
    branch = here.branch or "no branch"
    head = f" at {here.head[:12]}" if here.head else ""
    lines = [f"Stage {stage.name} is complete: {who} ({operation.session}) on {branch}{head}."]
    if stage.on_complete == "merge":
        lines.append(f"Merge {branch}{head} before you begin.")
    return lines


def _handed(operation: Operation, task: Task, made: Made) -> list[str]:
    lines = [f"Summary: {said}" for said in (operation.event.body.strip() or task.note,) if said]
    lines += [f"Evidence: {task.evidence}"] if task.evidence else []
    lines += ["Commits:", *(f"- {commit}" for commit in made.commits)] if made.commits else []
    lines += ["Files changed:", *(f"- {file}" for file in made.files)] if made.files else []
    return lines


def missed(state: State, operation: Operation, task: Task) -> None:
    """Tell whoever started a workflow that a stage of it failed or was cancelled: it waits for a retry."""
    flow, stage = _stage(state, task)
    if flow is not None and stage is not None and flow.status == "open" and flow.by != operation.session:
        notice.leave(state, flow.by, operation, "workflow", workflow=flow.title, stage=stage.name, how=task.status)
