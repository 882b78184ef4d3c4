"""What a session says about a task: how far it is, what became of it, that it does not want it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout, reaction
from gitcoord.domain.command import Argument, option
from gitcoord.domain.task import record, recording
from gitcoord.domain.task.adding import check_text
from gitcoord.domain.task.facts import Answered, CalledOff, Needs
from gitcoord.domain.task.needed import needed
from gitcoord.domain.task.view import Shown, shown
from gitcoord.domain.workflow import handing
from gitcoord.errors.task import NoErrorSaid
from gitcoord.errors.usage import AtMost, NoCommit
from gitcoord.kernel import revision
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.ids import is_hexadecimal

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State

_Id = Annotated[str, Argument("ID", "The task, by the first characters of its id.")]


_VERBS = {"done": "complete", "fail": "fail an attempt at"}
"""How a kind of operation is called in the log, where its own word is not a verb."""


@dataclass(frozen=True, slots=True)
class Update:
    """Say how far a task of yours is, or for what it waits. A task that waits is not timed out."""

    id: _Id
    progress: Annotated[
        int | None, option("--progress", metavar="N", least=0, most=100, help="How far it is, from 0 to 100.")
    ] = None
    waiting: Annotated[str, option("--waiting", metavar="FOR", help="What has to happen before it can go on.")] = ""
    note: Annotated[str, option("-m", "--message", metavar="TEXT", help="A note about it.")] = ""


@dataclass(frozen=True, slots=True)
class Done:
    """Complete a task of yours."""

    id: _Id
    result: Annotated[str, option("--result", metavar="JSON", help="The result; kept as it is written.")] = ""
    commit: Annotated[str, option("--commit", metavar="COMMIT", help="The commit that did it.")] = ""
    evidence: Annotated[str, option("--evidence", metavar="TEXT", help="How others can see that it is done.")] = ""
    note: Annotated[str, option("-m", "--message", metavar="TEXT", help="A note about it.")] = ""


@dataclass(frozen=True, slots=True)
class Fail:
    """Say that an attempt failed. The task is offered again while it has attempts left."""

    id: _Id
    error: Annotated[str, option("--error", metavar="TEXT", help="What went wrong.")] = ""
    final: Annotated[bool, option("--final", help="Do not offer the task again: no attempt can succeed.")] = False


@dataclass(frozen=True, slots=True)
class Return:
    """Give a task of yours back, for others. No attempt is lost."""

    id: _Id


@dataclass(frozen=True, slots=True)
class Decline:
    """Refuse a task that is offered to you, or that you hold."""

    id: _Id
    why: Annotated[str, option("-m", "--message", metavar="WHY", help="Why.")] = ""


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel a task, whoever holds it."""

    id: _Id
    why: Annotated[str, option("-m", "--message", metavar="WHY", help="Why.")] = ""


def update(call: Call, request: Update) -> Shown:
    """Say how far a task is. Raises `Refused` where it is not this session's."""
    data: dict[str, Any] = {"progress": request.progress} if request.progress is not None else {}
    data |= {"waiting": _short("what it waits for", request.waiting)} if request.waiting else {}
    return _say(call, request.id, "update", data, request.note)


def done(call: Call, request: Done) -> Shown:
    """Complete a task; whoever asked for it is told. Raises `Refused` where it is not this session's."""
    data: dict[str, Any] = {"result": request.result, "evidence": _short("the evidence", request.evidence)}
    data["commit"] = _commit(call, request.commit) if request.commit else ""
    return _say(call, request.id, "done", {key: value for key, value in data.items() if value}, request.note)


def fail(call: Call, request: Fail) -> Shown:
    """Say that an attempt failed. Raises `Refused` where the task is not this session's."""
    if not request.error:
        raise NoErrorSaid()
    data = {"error": _short("the error", request.error), **({"final": True} if request.final else {})}
    return _say(call, request.id, "fail", data, "")


def give_back(call: Call, request: Return) -> Shown:
    """Give a task back. Raises `Refused` where it is not this session's."""
    return _say(call, request.id, "return", {}, "")


def decline(call: Call, request: Decline) -> Shown:
    """Refuse a task. Raises `Refused` where it is not for this session."""
    return _say(call, request.id, "decline", {}, request.why)


def cancel(call: Call, request: Cancel) -> Shown:
    """Cancel a task. Raises `Refused` where it is over."""
    return _say(call, request.id, "cancel", {}, request.why)


def _say(call: Call, text: str, kind: str, data: dict[str, Any], words: str) -> Shown:
    """Record what a session says about a task, and tell whoever asked for it what became of it."""
    check_text("-", words)
    workspace, me = call.workspace, call.me()
    named = waited = taken_by = ""

    def make(state: State) -> list[Draft]:
        nonlocal named, waited, taken_by
        task = recording.find(state, text)
        named, waited, taken_by = task.id, task.waiting_for, task.holder
        more: dict[str, Any] = {}
        if task.workflow and kind == "done":
            more = handing.made(workspace, task, me.id)
        elif task.scopes:
            more = {"branch": checkout.branch(workspace), "head": checkout.head(workspace)}
        if kind in ("done", "fail", "return", "update") and task.holder == me.id:
            more["grant"] = task.grant
        return [
            Draft(
                f"task-{kind}",
                f"{_VERBS.get(kind, kind)} task {recording.called(task)}",
                {"id": task.id, **data, **more},
                words,
            )
        ]

    recorded = recording.record_all(workspace, me, make)
    task = record.read(recorded.state, named)
    assert task is not None
    if task.waiting_for and task.waiting_for != waited:
        reaction.follow(workspace, f"task-{kind}", Needs(me.id, task, words, tuple(needed(recorded.state, task))))
        call.hurry()
    if task.asked and not task.is_open and task.by != me.id:
        said = Answered(me.id, task, _said(recorded.state, task, words), recorded.state)
        reaction.follow(workspace, f"task-{kind}", said)
        call.hurry()
    if task.asked and kind == "cancel" and not taken_by and task.to != {"session": me.id, "name": me.name}:
        reaction.follow(workspace, "task-cancel", CalledOff(me.id, task, words))
        call.hurry()
    return shown(workspace, recorded.state, task, texts=True)


def _said(state: State, task: Task, words: str) -> str:
    """Return what the session that asked for a task is told of its end."""
    result = record.text(state, task.id, "result")
    said = [
        words,
        task.error,
        task.evidence,
        f"result: {result}" if result else "",
        task.commit and f"commit {task.commit}",
    ]
    return "\n".join(text for text in said if text)[: limits.TASK_TEXT_BYTES // 8]


def _short(what: str, text: str) -> str:
    if len(text) > limits.TEXT:
        raise AtMost(what, limits.TEXT, hint="say the rest with -m")
    return text


def _commit(call: Call, text: str) -> str:
    """Return the full id of a commit that is here; one that is not here as it was written. Raises `Usage`."""
    if found := revision.commit(call.place.git, text):
        return found
    if 7 <= len(text) <= 64 and is_hexadecimal(text):
        return text
    raise NoCommit(text)
