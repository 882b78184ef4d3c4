"""A workflow as it is shown: the record of the answers, and its lines as text, Markdown and Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import markdown
from gitcoord.domain.agreement import same
from gitcoord.domain.task import record as tasks
from gitcoord.domain.task.view import shown as task_shown
from gitcoord.domain.wording import provisional
from gitcoord.domain.workflow import record
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.domain.workflow.record import Workflow
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

MARKS = {"completed": "x", "running": ">", "waiting": ">", "failed": "!", "cancelled": "!", "blocked": "!"}
"""How a stage is marked in text: done, being worked on, in need of a retry; a space while nobody works on it."""

COLOURS = {"x": "done", ">": "active", "!": "crit"}
"""The class of a stage in a Mermaid drawing, by its mark."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: its task, whether that is held and how far it is. `needs` are the names of the stages before it."""

    name: str
    title: str
    status: str
    task: str
    needs: list[str]
    to: str
    holder: str
    holder_name: str
    progress: int | None
    error: str
    on_complete: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A workflow. `status` is open, complete or cancelled; `left` counts the stages that are not complete.

    `confirmed`: the hub has it as it is here, every stage included.
    """

    id: str
    title: str
    status: str
    by: str
    by_name: str
    made: Moment
    closed: Moment | None
    left: int
    stages: list[Stage]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Workflows:
    """The workflows that were asked for."""

    workflows: list[Shown]


def shown(workspace: Workspace, state: State, flow: Workflow) -> Shown:
    """Return a workflow as answers have it."""
    agreed = workspace.agreement.confirmed()
    known = flow if agreed is None else record.read(agreed, flow.id)
    names = {stage.task: stage.name for stage in flow.stages}
    stages = []
    blocked: dict[str, list[str]] = {}  # a stage depends on stages before it alone, so one look at each is enough
    over: set[str] = set()
    agrees = True
    for stage in flow.stages:
        task = tasks.read(state, stage.task)
        if task is None:
            continue
        before = [one for name in task.after for one in ([name] if name in over else blocked.get(name, []))]
        blocked[task.id] = list(dict.fromkeys(before)) if task.status == "pending" and task.left else []
        if task.status in ("failed", "cancelled"):
            over.add(task.id)
        item = task_shown(workspace, state, task, texts=False, blocked=blocked[task.id])
        agrees = agrees and item.confirmed
        needs = [names[name] for name in task.after if name in names]
        about = (item.to, item.holder, item.holder_name, item.progress, item.error, stage.on_complete)
        stages.append(Stage(stage.name, item.title, item.status, task.id, needs, *about))
    closed = Moment(flow.closed) if flow.closed else None
    made = (flow.id, flow.title, flow.status, flow.by, flow.by_name, Moment(flow.made), closed, flow.left)
    return Shown(*made, stages, confirmed=agrees and same(known, flow))


def _said(item: Stage) -> str:
    about = [item.status if item.progress is None or item.status != "running" else f"running {item.progress}%"]
    if item.holder:
        about.append(item.holder_name)
    elif item.to and item.status != "completed":
        about.append(f"for {item.to}")
    if item.needs and item.status in ("pending", "blocked"):
        about.append(f"after {', '.join(item.needs)}")
    if item.error and item.status in ("failed", "cancelled"):
        about.append(item.error)
    return ", ".join(map(printable, about))


def lines(item: Shown) -> Iterator[str]:
    """Tell how far a workflow is, a line for each stage."""
    done = len(item.stages) - item.left
    sure = provisional(confirmed=item.confirmed)
    yield f"{item.id[:8]}  {printable(item.title)}: {item.status}, {done} of {len(item.stages)} stages complete{sure}"
    for stage in item.stages:
        mark = MARKS.get(stage.status, " ")
        yield f"  [{mark}] {printable(stage.name)}: {printable(stage.title)}  ({_said(stage)}; task {stage.task[:8]})"


def as_markdown(item: Shown) -> Iterator[str]:
    """Return a workflow as a Markdown checklist with a heading."""
    done = len(item.stages) - item.left
    yield f"## {markdown.text(item.title)}"
    yield ""
    yield f"{item.status.capitalize()}, {done} of {len(item.stages)} stages complete."
    yield ""
    for stage in item.stages:
        box = "x" if stage.status == "completed" else " "
        yield f"- [{box}] {markdown.text(stage.name)}: {markdown.text(stage.title)} ({markdown.text(_said(stage))})"


def as_mermaid(items: Sequence[Shown]) -> Iterator[str]:
    """Return workflows as one Mermaid flow chart, each of several in a box: arrows lead to the stages that need one."""
    yield "flowchart LR"
    for number, item in enumerate(items):
        boxed = len(items) > 1
        if boxed:
            yield f'    subgraph w{number}["{_label(item.title)}<br>{item.id[:8]}"]'
        yield from _stages(item, f"w{number}s" if boxed else "s")
        if boxed:
            yield "    end"
    yield from (
        "    classDef done fill:#d4f4dd",
        "    classDef active fill:#fff3c4",
        "    classDef crit fill:#f8d0d0",
    )


def _stages(item: Shown, prefix: str) -> Iterator[str]:
    at = {stage.name: f"{prefix}{number}" for number, stage in enumerate(item.stages)}
    for stage in item.stages:
        kind = COLOURS.get(MARKS.get(stage.status, " "), "")
        mark = f":::{kind}" if kind else ""
        yield f'    {at[stage.name]}["{_label(stage.title)}<br>{_label(_said(stage))}"]{mark}'
    for stage in item.stages:
        yield from (f"    {at[need]} --> {at[stage.name]}" for need in stage.needs)


def _label(text: str) -> str:
    """Return a text as Mermaid shows it between quotes: what could end them, or be markup, as its number."""
    plain = printable(text)
    return "".join(char if char.isalnum() or char in " .,:-_/%()" else f"#{ord(char)};" for char in plain)
