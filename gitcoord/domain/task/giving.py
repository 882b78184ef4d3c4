"""Give tasks to a session: the best that is ready, or one by its id."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, fields, replace
from gitcoord.domain import checkout, reaction
from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.claim import clearing
from gitcoord.domain.claim.freshness import unfresh
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.command import Argument, option
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record, recording
from gitcoord.domain.task.apply import choice
from gitcoord.domain.task.facts import Answered
from gitcoord.domain.task.view import Given, shown
from gitcoord.domain.trial import Trial
from gitcoord.errors import Empty
from gitcoord.errors.task import NoneReady, TakenAway
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.call import Call
    from gitcoord.domain.claim.clearing import Clearing
    from gitcoord.domain.records import Holding
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.record import Task
    from gitcoord.domain.workspace import Workspace
    from gitcoord.errors import CoordError
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.ledger import Done, Outcome
    from gitcoord.ledger.state import State

LOOK_AGAIN = 10.0
"""Seconds after which a waiter looks unasked: leases run out and processes die without ringing."""

TRIES = 8
"""How often a race may be lost in a row; what is left of a wait goes on after that."""


QUIET = 5
"""Seconds without a sign after which the process of a holder is looked at while other tasks are ready."""


@dataclass(frozen=True, slots=True)
class Next:
    """Take the best task that is ready and that this session is able to do."""

    type: Annotated[str, option("--type", metavar="T", help="Only a task of this type.")] = ""
    wait: Annotated[str, option("--wait", metavar="D", help="Wait so long until one is ready.")] = ""


@dataclass(frozen=True, slots=True)
class Take:
    """Take one task; a request is accepted by it."""

    id: Annotated[str, Argument("ID", "The task, by the first characters of its id.")]


def take_next(call: Call, request: Next) -> Given:
    """Take the best ready task. Raises `Empty` where none is ready in time."""
    seconds = duration.parse(request.wait) if request.wait else 0
    workspace, me = call.workspace, call.me()
    found = _wait(workspace, me, request.type, seconds) if seconds else ask(workspace, me, request.type)
    if found is None:
        raise NoneReady(waited=bool(seconds))
    return _answer(call, found)


def take(call: Call, request: Take) -> Given:
    """Take one task, from a holder that is gone or too late where there is need. Raises `Refused`."""
    workspace, me = call.workspace, call.me()

    planned = _Plan([])

    def make(state: State) -> list[Draft]:
        nonlocal planned
        task = recording.find(state, request.id)
        again = _again([item for item in recording.overdue(workspace, state) if item["id"] == task.id])
        data = {"id": task.id, **_place(workspace)}
        trial = Trial(workspace, state, me.id)
        for item in again:
            trial.of(item)
        cleared = _cleared(workspace, trial.state, me, task)
        planned = _planned(again, Draft("task-take", f"take task {recording.called(task)}", data), cleared)
        return planned.drafts

    def refuse(state: State, verdict: Verdict) -> CoordError:
        named = {"task": recording.find(state, request.id).id, **verdict.detail}  # a takeover names no task
        return recording.refusal(state, replace(verdict, detail=named))

    done = recording.record_all(workspace, me, make, refuse)
    took_over = clearing.tell(workspace, me.id, planned.cleared, done)
    _tell_who_asked(workspace, me, done)
    given = next(item for item in done.outcomes if item.event.kind == "task-take")
    return _answer(call, Found(given, done.state, took_over))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to record for a session that wants a task, and what of it takes claims that are over out of the way."""

    drafts: list[Draft]
    cleared: Sequence[Clearing] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome by which a task was given, the state after it, and what was taken over for it."""

    outcome: Outcome
    state: State
    took_over: list[Holding]


def _planned(again: list[Draft], asked: Draft, found: Clearing | None) -> _Plan:
    cleared = [found] if found is not None else []
    return _Plan([*again, *clearing.around(cleared, asked)], cleared)


def _cleared(workspace: Workspace, state: State, me: Session, task: Task) -> Clearing | None:
    """What takes claims of gone sessions, and those whose deadline is over, out of the way of a task."""
    need = clearing.Need(task.scopes, f"for task {recording.called(task)}")
    return clearing.clearing(workspace, state, me.id, need) if task.scopes else None


def _tell_who_asked(workspace: Workspace, me: Session, done: Done) -> None:
    """Tell those who asked for tasks that ended on evidence, such as a deadline: nobody answers them otherwise."""
    verdicts = [one.verdict for one in done.outcomes if one.event.kind == "task-again"]
    failed = (name for verdict in verdicts if verdict is not None for name in verdict.detail.get("failed", ()))
    for task in (record.read(done.state, name) for name in failed):
        if task is not None and task.asked and task.by != me.id:
            reaction.follow(workspace, "task-again", Answered(me.id, task, task.error, done.state))


def _place(workspace: Workspace) -> dict[str, str]:
    return {"branch": checkout.branch(workspace), "head": checkout.head(workspace)}


def _again(items: list[dict[str, str]]) -> list[Draft]:
    names = ", ".join(item["id"][:8] for item in items[:5])
    return [Draft("task-again", f"offer task {names} again", {"tasks": items})] if items else []


def ask(workspace: Workspace, me: Session, kind: str) -> Found | None:
    """Record that the session wants a task; returns what it was given. None where nothing is ready.

    Which one it is the ledger decides, at the hub the hub's: a race that is lost there takes the next best.
    """
    planned = _Plan([])

    def decide(state: State) -> list[Draft]:
        nonlocal planned
        planned = _wanted(workspace, state, me, kind)
        return planned.drafts

    for _ in range(TRIES):
        try:
            done = workspace.transact(me.id, decide)
        except Empty:
            return None
        took_over = clearing.tell(workspace, me.id, planned.cleared, done)
        _tell_who_asked(workspace, me, done)
        asked = next((item for item in done.outcomes if item.event.kind == "task-next"), None)
        if asked is not None and not asked.refused:
            _keep(workspace, me, asked, done.state)
            return Found(asked, done.state, took_over)
        if asked is not None and asked.verdict is not None and asked.verdict.reason != "empty":
            raise recording.refusal(done.state, asked.verdict)
    return None


def _wanted(workspace: Workspace, state: State, me: Session, kind: str) -> _Plan:
    """What to record for a session that wants a task. Raises `Empty` where that is nothing."""
    data: dict[str, Any] = {**_place(workspace), **({"type": kind} if kind else {})}
    draft = Draft("task-next", f"take the next task{f' of type {kind}' if kind else ''}", data)
    for quiet in (QUIET, 0):
        trial = Trial(workspace, state, me.id)
        again = _again(recording.overdue(workspace, state, quiet=quiet))
        drafts = [item for item in again if trial.of(item).accepted]
        verdict = trial.of(draft)
        if verdict.accepted:
            return _Plan([*drafts, draft])
        if verdict.reason == "halted":
            raise recording.refusal(state, verdict)
    asking = session.read(trial.state, me.id)
    for task in choice.fit(trial.state, asking, kind, workspace.clock.now()) if asking is not None else ():
        cleared = _cleared(workspace, trial.state, me, task)
        if cleared is not None:
            return _planned(drafts, draft, cleared)
    if not drafts:
        raise NoneReady()
    return _Plan(drafts)


def _keep(workspace: Workspace, me: Session, asked: Outcome, state: State) -> None:
    """Say which task was given while the hub is away: another one that it gives instead is given back there."""
    given = asked.verdict.detail["id"] if asked.verdict is not None else ""
    task = record.read(state, given)
    if not asked.confirmed and task is not None:
        data = {"next": asked.event.id, "id": task.id}
        workspace.record(me.id, Draft("task-keep", f"keep task {recording.called(task)}", data), here=True)


def _wait(workspace: Workspace, me: Session, kind: str, seconds: int) -> Found | None:
    """Ask again whenever something happened, or a time has come, until there is a task or the time is over."""
    until, hub = time.monotonic() + seconds, 0.0
    with workspace.listening() as rung:
        while True:
            if time.monotonic() >= min(hub, until) or _is_ready(workspace, me, kind):  # asked before the answer is no
                found = ask(workspace, me, kind)
                if found is not None:
                    return found
                hub = time.monotonic() + HUB_EVERY
            left = until - time.monotonic()
            if left <= 0:
                return None
            rung(min(left, LOOK_AGAIN, *_soon(workspace)))
            renew_if_due(workspace, me.id)


def _is_ready(workspace: Workspace, me: Session, kind: str) -> bool:
    """Whether this clone's ledger would give the session something, or has something to offer again."""
    try:
        return bool(_wanted(workspace, workspace.ledger.state(), me, kind).drafts)
    except Empty:
        return False


def _soon(workspace: Workspace) -> list[float]:
    """Seconds until the next times at which a task may become ready."""
    state, now = workspace.ledger.state(), workspace.clock.now()
    times = [record.next_time(state, "later", now), record.next_time(state, "due", now)]
    held = (record.read(state, name) for name in record.listed(state, "running"))
    times += [task.due for task in held if task is not None]
    return [moment + 1.0 - now for moment in times if moment is not None and moment >= now]


def _answer(call: Call, found: Found) -> Given:
    workspace, given, state = call.workspace, found.outcome, found.state
    assert given.verdict is not None
    task = record.read(state, given.verdict.detail["id"])
    if task is None or task.holder != given.event.session:
        raise TakenAway()
    told = shown(workspace, state, task, texts=True)
    stale = unfresh(workspace, state, task.holder, task.scopes)
    return Given(
        **{known.name: getattr(told, known.name) for known in fields(told)}, took_over=found.took_over, stale=stale
    )
