"""Start a workflow, cancel it, and offer a stage of it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout, trial
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.task.adding import address, check_text
from gitcoord.domain.workflow import file, record, view
from gitcoord.domain.workflow.finding import find
from gitcoord.domain.workflow.view import Shown, shown
from gitcoord.errors.refusal import NoSuch, NotRecorded, Over, TooMany, Vanished
from gitcoord.errors.usage import WrongWord
from gitcoord.errors.workflow import NotToRetry
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration, limits
from gitcoord.policy.ids import EventId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workflow.file import Written
    from gitcoord.errors import Refused
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Start:
    """Start the workflow of a file: each stage becomes a task, ready when those that it needs are complete."""

    file: Annotated[str, Argument("FILE", "JSON, or YAML where its name says so; - for standard input.")]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel a workflow, and its open stages with it."""

    id: Annotated[str, Argument("ID", "The workflow; the only open one without it.")] = ""
    why: Annotated[str, option("-m", "--message", metavar="WHY", help="Why.")] = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Offer a stage again that failed or was cancelled; the stages behind it go on waiting for it."""

    stage: Annotated[str, Argument("STAGE", "The name of the stage.")]
    of: Annotated[str, option("--of", metavar="ID", help="The workflow, where more than one is open.")] = ""


def start(call: Call, request: Start) -> Shown:
    """Start a workflow. Raises `Usage`, which says what is wrong in the file, and `Quota`."""
    plan = file.parse(call.read(request.file, file.MOST), request.file)
    me = call.me()
    drawn = sorted(call.workspace.ids.hexadecimal(EventId.DIGITS) for _ in plan.stages)  # so they are offered in order
    ids = {stage.name: name for stage, name in zip(plan.stages, drawn, strict=True)}
    flow = call.workspace.ids.hexadecimal(EventId.DIGITS)

    def make(state: State) -> Draft:
        stages = [_stage(call, state, me, stage, ids) for stage in plan.stages]
        data = {"title": plan.title, "stages": stages}
        return Draft("workflow-start", f"start workflow {printable(plan.title)}", data, "", flow)

    return _record(call, me, make, flow)


def _stage(call: Call, state: State, me: Session, stage: Written, ids: dict[str, str]) -> dict[str, Any]:
    """Return a stage as the operation carries it: the fields of a new task, and what makes it a stage."""
    check_text(stage.title, stage.instruction)
    if stage.on_complete not in record.ON_COMPLETE:
        raise WrongWord(f"on_complete of {printable(stage.name)}", record.ON_COMPLETE)
    to = address(call, state, me, stage.who) if stage.who not in ("", "new") else None
    data = {
        "id": ids[stage.name],
        "stage": stage.name,
        "title": stage.title,
        "instruction": stage.instruction,
        "to": to,
        "after": [ids[name] for name in stage.needs],
        "scopes": [scope.to_json() for scope in checkout.parse(call.workspace, stage.scopes)],
        "timeout": duration.parse(stage.timeout) if stage.timeout else 0,
        "on_complete": stage.on_complete if stage.on_complete != "handoff" else "",
    }
    return {key: value for key, value in data.items() if value}


def cancel(call: Call, request: Cancel) -> Shown:
    """Cancel a workflow. Raises `NotFound`, and `Ended` where it is over."""
    named = ""

    def make(state: State) -> Draft:
        nonlocal named
        flow = find(state, request.id)
        named = flow.id
        return Draft("workflow-cancel", f"cancel workflow {printable(flow.title)}", {"workflow": flow.id}, request.why)

    check_text("-", request.why)
    return _record(call, call.me(), make, lambda: named)


def retry(call: Call, request: Retry) -> Shown:
    """Offer a stage again. Raises `NotFound`, and `Pending` where it neither failed nor was cancelled."""
    named = ""

    def make(state: State) -> Draft:
        nonlocal named
        flow = find(state, request.of)
        named = flow.id
        data = {"workflow": flow.id, "stage": request.stage}
        return Draft("workflow-retry", f"retry {printable(request.stage)} of {printable(flow.title)}", data)

    return _record(call, call.me(), make, lambda: named)


def _record(call: Call, me: Session, make: Callable[[State], Draft], name: str | Callable[[], str]) -> Shown:
    """Record an operation unless it would be refused; returns the workflow as it is then. Raises its refusal."""
    done = trial.record_one(call.workspace, me.id, make, lambda _, verdict: _refused(verdict))
    flow = record.read(done.state, name if isinstance(name, str) else name())
    if flow is None:
        raise Vanished("workflow")
    call.hurry()
    return shown(call.workspace, done.state, flow)


def _refused(verdict: Verdict) -> Refused:
    detail = verdict.detail
    if verdict.reason == "ended":
        return Over("the workflow", detail["status"])
    if verdict.reason == "open":
        stage = printable(str(detail["stage"]))
        return NotToRetry(stage, detail["status"])
    if verdict.reason == "not_found":
        return NoSuch("stage", printable(str(detail.get("stage", ""))), "in the workflow")
    if verdict.reason == "quota":
        return TooMany(limits.WORKFLOWS, "workflows are open", example="workflow cancel ID")
    return NotRecorded("the workflow did not change", verdict.reason)


def _lines(_: Call, answer: Shown) -> Iterator[str]:
    return view.lines(answer)


def _id(_: Call, answer: Shown) -> Iterator[str]:
    yield answer.id


COMMANDS = (
    Command("workflow start", Start, start, _lines, quiet=_id),
    Command("workflow cancel", Cancel, cancel, _lines, quiet=_id, does="destroys"),
    Command("workflow retry", Retry, retry, _lines, quiet=_id),
)
