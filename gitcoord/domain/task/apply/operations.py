"""What each operation on a task does to the state. Pure.

A session that holds a task is the only one that may say what becomes of it; which task a session gets is decided here,
by the state that its operation meets, so of two sessions that ask at once each gets another task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import replace
from gitcoord.domain import fields
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim.apply import held, holds
from gitcoord.domain.halt import record as halt
from gitcoord.domain.notice import record as notice
from gitcoord.domain.release_point import record as release_point
from gitcoord.domain.role import record as role
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record
from gitcoord.domain.task.apply import choice, life, payload
from gitcoord.domain.workflow import record as workflow
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import lease, limits
from gitcoord.policy.ids import EventId

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.task.apply.payload import Overdue
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State


def apply_add(state: State, operation: Operation) -> Verdict:
    """A new task. What it names must exist, its parent must be open, and nothing may wait for itself."""
    task = payload.task_in(operation)
    texts = {"payload": payload.json_in(operation.data, "payload"), "body": payload.body_in(operation.event.body)}
    if not EventId.fits(task.id) or record.read(state, task.id) is not None:
        raise Malformed("the id belongs to a task, or is none")
    for name in (*task.after, *task.after_any, *([task.parent] if task.parent else ())):
        if record.read(state, name) is None:
            return Verdict("not_found", {"task": name})
    parent = record.read(state, task.parent) if task.parent else None
    if parent is not None and not parent.is_open:
        return Verdict("ended", {"task": parent.id, "status": parent.status})
    if parent is not None and parent.children >= limits.CHILDREN:
        return Verdict("quota", {"task": parent.id})
    crowded = next((name for name in (*task.after, *task.after_any) if life.is_crowded(state, name)), None)
    if crowded is not None:
        return Verdict("quota", {"task": crowded})
    if life.closes_circle(state, task):
        return Verdict("circle", {"task": task.parent})
    life.add(state, operation, task)
    for name, text in texts.items():
        record.put_text(state, task.id, name, text)
    return Verdict()


def apply_next(state: State, operation: Operation) -> Verdict:
    """Give the session the best task that is ready; `type` says of which kind it must be. Refused where none is."""
    kind = fields.text(operation.data, "type", "")
    halted = halt.refusal(state, operation)
    if halted is not None:
        return halted
    here = release_point.place_in(operation.data)
    found = choice.best(state, session.acting(state, operation.session), kind, operation.time)
    if found is None:
        return Verdict("empty")
    return _given(life.give(state, operation, found, here.branch, here.head))


def _given(task: Task) -> Verdict:
    return Verdict(detail={"id": task.id, "attempt": task.attempt, "token": task.token})


def apply_take(state: State, operation: Operation) -> Verdict:
    """Give the session one task, the one that it names."""
    name, here = payload.id_in(operation.data), release_point.place_in(operation.data)
    me, (task, missing) = session.acting(state, operation.session), _open(state, name)
    if task is None:
        return missing
    if task.holder == me.id:
        return _given(task)
    if task.holder:
        return Verdict("held", {"task": name, "session": task.holder})
    if task.left or task.children:
        return Verdict("pending", {"task": name})
    if task.from_time > operation.time:
        return Verdict("pending", {"task": name, "from": task.from_time})
    if choice.is_late(task, operation.time):
        return Verdict("late", {"task": name, "deadline": task.deadline})
    wanted = {**record.criteria(task), "but": list(task.barred)}  # who declined may think again
    unfit = choice.refusal(state, wanted, me)
    if unfit:
        return Verdict("forbidden", {"task": name, **unfit})
    refused = halt.refusal(state, operation, task.scopes) or role.claim_refusal(state, me.id, task.scopes)
    if refused is not None:
        return refused
    obstacles = claim.in_the_way(state, me.id, task.scopes, shared=False)
    if obstacles:
        refused = held(obstacles)
        return replace(refused, detail={"task": name, **refused.detail})
    return _given(life.give(state, operation, task, here.branch, here.head))


def apply_again(state: State, operation: Operation) -> Verdict:
    """Offer tasks again whose holder is gone or too late, and end those past their deadline; only on evidence.

    What is not so, or no longer, is passed over; it is refused where nothing is.
    """
    overdue = payload.overdue_in(operation.data)
    me = session.acting(state, operation.session)
    again: list[str] = []
    failed: list[str] = []
    for item in overdue:
        task = record.read(state, item.task)
        if task is None or not _is_overdue(state, operation, me, task, item):
            continue
        if item.evidence == "deadline":
            task = life.end(state, operation, task, "failed", error=_late(task))
        else:
            task = life.give_up(state, operation, task, item.evidence)
        (again if task.is_open else failed).append(task.id)
    return Verdict(detail={"again": again, "failed": failed}) if again or failed else Verdict("not_gone")


def _late(task: Task) -> str:
    attempts = f"{task.attempt} attempt{'' if task.attempt == 1 else 's'}"
    return f"its deadline passed after {attempts}" if task.attempt else "its deadline passed"


def _is_overdue(state: State, operation: Operation, me: Session, task: Task, item: Overdue) -> bool:
    """Whether the evidence is true, as far as the ledger can tell. Within one clone there is no skew."""
    if not task.is_open:
        return False
    concerned = session.read(state, task.holder or task.by)
    skew = 0 if concerned is not None and concerned.clone == me.clone else lease.SKEW
    if item.evidence == "deadline":
        return lease.passed(task.deadline, operation.time, skew)
    if task.status != "running":  # one that waits for an answer has no time to run out of, and is not offered
        return False
    if item.evidence == "timeout":
        return lease.passed(task.due, operation.time, skew)
    return concerned is None or holds(state, operation, me, concerned, None, item.evidence, item.tip)


def _open(state: State, name: EventId) -> tuple[Task | None, Verdict]:
    """The task of this id, while it is open; None with the reason otherwise."""
    task = record.read(state, name)
    if task is None:
        return None, Verdict("not_found", {"task": name})
    if not task.is_open:
        return None, Verdict("ended", {"task": name, "status": task.status})
    return task, Verdict()


def _mine(state: State, operation: Operation) -> tuple[Task | None, Verdict]:
    """The task that an operation of its holder is about; None with the reason where the session does not hold it.

    `grant` names the operation that gave it: an attempt that was lost says nothing about a later one.
    """
    name, grant = payload.id_in(operation.data), fields.text(operation.data, "grant", "")
    task = record.read(state, name)
    if task is None:
        return None, Verdict("not_found", {"task": name})
    if task.holder == operation.session and grant in ("", task.grant):
        return task, Verdict()
    lost = next((item for item in reversed(task.past) if item["session"] == operation.session), None)
    if lost is not None and lost["by"] != operation.session:
        return None, Verdict("taken", {"task": name, "how": lost["how"], "by": lost["by"], "time": lost["time"]})
    if not task.is_open:
        return None, Verdict("ended", {"task": name, "status": task.status})
    return None, Verdict("not_mine", {"task": name, "session": task.holder})


def apply_keep(state: State, operation: Operation) -> Verdict:
    """Say which task a `task-next` gave here while the hub was away; where the hub gave another one, that goes back.

    `next` is the operation that asked. The session is told where it does not hold the task that it was given here.
    """
    asked, name = fields.text(operation.data, "next"), payload.id_in(operation.data)
    held = [task for task in record.held_by(state, operation.session) if task.grant == asked]
    if any(task.id == name for task in held):
        return Verdict()
    for task in held:
        life.give_up(state, operation, task, "returned")
    known = record.read(state, name)
    if known is not None:
        notice.leave(state, operation.session, operation, "task", task=name, title=known.title, how="elsewhere")
    return Verdict(detail={"lost": name, "returned": [task.id for task in held]})


def apply_update(state: State, operation: Operation) -> Verdict:
    """Say how far a task is, or for what it waits; without `waiting` it runs again."""
    progress = fields.optional_number(operation.data, "progress")
    waiting = fields.text(operation.data, "waiting", "")
    if progress is not None and progress > 100:
        raise Malformed("progress goes to 100")
    task, refused = _mine(state, operation)
    if task is None:
        return refused
    now = operation.time
    updated = replace(
        task,
        progress=task.progress if progress is None else progress,
        waiting_for=waiting,
        note=operation.event.body[: limits.TEXT] or task.note,
        status="waiting" if waiting else "running",
        updated=now,
    )
    if waiting and task.due is not None:  # the clock of the attempt stands still
        updated = replace(updated, due=None, remaining=max(0, task.due - now))
    elif not waiting and task.remaining is not None:
        updated = replace(updated, due=now + task.remaining, remaining=None)
    record.put(state, updated, task)
    return Verdict()


def apply_done(state: State, operation: Operation) -> Verdict:
    """Complete a task, with its result. One that groups open tasks cannot be done before they are."""
    data = operation.data
    result, commit = payload.json_in(data, "result"), payload.commit_in(data, "commit")
    evidence, here = fields.text(data, "evidence", ""), release_point.place_in(data)
    made = workflow.made_in(data)
    task, refused = _mine(state, operation)
    if task is None:
        return refused
    if task.children:
        return Verdict("open", {"task": task.id, "children": task.children})
    note = operation.event.body[: limits.TEXT] or task.note
    task, before = replace(task, note=note), task
    ended = life.end(state, operation, task, "completed", before=before, here=here, commit=commit, evidence=evidence)
    record.put_text(state, task.id, "result", result)
    if task.asked == "review" and task.about:
        record.put_review(state, ended, session.acting(state, operation.session))
    if task.workflow:
        workflow.completed(state, operation, ended, made, here, session.acting(state, operation.session).name)
    return Verdict()


def apply_fail(state: State, operation: Operation) -> Verdict:
    """The attempt failed: the task is offered again unless it was the last, or it is `final`."""
    error, final = fields.text(operation.data, "error"), fields.flag(operation.data, "final")
    here = release_point.place_in(operation.data)
    task, refused = _mine(state, operation)
    if task is None:
        return refused
    if final:
        failed, before = replace(task, failures=task.failures + 1), task
        task = life.end(state, operation, failed, "failed", before=before, here=here, error=error)
    else:
        task = life.give_up(state, operation, task, "failed", error=error, here=here)
    return Verdict(detail=_offered(task))


def _offered(task: Task) -> dict[str, Any]:
    """What a session is told of a task that it gave up: whether it is offered again, and from when."""
    return {"status": task.status, **({"from": task.from_time} if task.from_time else {})}


def apply_return(state: State, operation: Operation) -> Verdict:
    """Give a task back: it is offered again, and no attempt is lost."""
    here = release_point.place_in(operation.data)
    task, refused = _mine(state, operation)
    if task is None:
        return refused
    return Verdict(detail=_offered(life.give_up(state, operation, task, "returned", here=here)))


def apply_decline(state: State, operation: Operation) -> Verdict:
    """Refuse a task that is offered, or held: it is for others then; where it was for this session alone, it failed.

    A request that was handed over goes back to whom it names.
    """
    name, here = payload.id_in(operation.data), release_point.place_in(operation.data)
    me, (task, missing) = session.acting(state, operation.session), _open(state, name)
    if task is None:
        return missing
    if task.holder not in ("", me.id):
        return Verdict("held", {"task": name, "session": task.holder})
    unfit = choice.refusal(state, {"to": task.to} if task.to else {}, me)
    if not task.holder and unfit:
        return Verdict("forbidden", {"task": name, "to": task.to})
    declined = record.declining(task, me.id, operation.time)
    if task.to and ("session" in task.to or "name" in task.to) and "to" not in unfit:
        why = f"declined by {me.name}: {operation.event.body}" if operation.event.body else f"declined by {me.name}"
        given_up = life.end(
            state, operation, declined, "failed", before=task, how="declined", here=here, error=why[: limits.TEXT]
        )
    elif task.holder:
        record.put(state, declined, task)
        given_up = life.give_up(state, operation, declined, "declined", here=here)
    else:
        given_up = declined
        record.put(state, declined, task)
    return Verdict(detail=_offered(given_up))


def apply_cancel(state: State, operation: Operation) -> Verdict:
    """Cancel a task, whoever holds it; the holder is told."""
    task, refused = _open(state, payload.id_in(operation.data))
    if task is None:
        return refused
    life.end(state, operation, task, "cancelled", error=operation.event.body[: limits.TEXT])
    return Verdict()
