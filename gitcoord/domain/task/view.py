"""A task as it is shown: the record of the answers, and the lines that people read."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain import checkout
from gitcoord.domain.claim.view import came_with
from gitcoord.domain.records import Holding, Unfresh, Written
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record, recording
from gitcoord.domain.wording import provisional
from gitcoord.policy import duration
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.task.record import Task
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

DEEPEST = 2000
"""Tasks looked at to find out what blocks one."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that is over: whose it was, and how it ended. `attempt` is 0 where a session declined before any."""

    session: str
    attempt: int
    how: str
    by: str
    time: Moment


@dataclass(frozen=True, slots=True)
class Shown:
    """A task. `status` is `blocked` where something that it depends on can never be done: `blocked_by` names it.

    `token` is None, and `confirmed` false, while only this clone knows that the task is as it says. `commit_here`:
    whether the commit that was reported is in this repository, None where none was. Lists leave the long texts out.
    """

    id: str
    title: str
    status: str
    type: str
    priority: str
    attempt: int
    attempts: int
    failures: int
    token: int | None
    confirmed: bool
    holder: str
    holder_name: str
    by: str
    to: str
    needs: list[str]
    after: list[str]
    after_any: list[str]
    blocked_by: list[str]
    parent: str
    children: int
    scopes: list[str]
    progress: int | None
    waiting_for: str
    note: str
    error: str
    asked: str
    about: str
    workflow: str
    commit: str
    commit_here: bool | None
    evidence: str
    made: Moment
    not_before: Moment | None
    given: Moment | None
    due: Moment | None
    deadline: Moment | None
    first_given: Moment | None
    first_declined: Moment | None
    ended: Moment | None
    timeout: int
    declined: list[str]
    past: list[Attempt] = field(default_factory=list)
    payload: Written | None = None
    result: Written | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Given(Shown):
    """A task that this session was given. `took_over` and `stale` are about its scopes, as a claim tells them."""

    took_over: list[Holding] = field(default_factory=list)
    stale: list[Unfresh] = field(default_factory=list)


_SAME = (
    *("id", "title", "type", "priority", "attempt", "attempts", "failures", "holder", "by", "parent", "children"),
    *("progress", "waiting_for", "note", "error", "asked", "about", "workflow", "commit", "evidence", "timeout"),
)
_LISTS = ("needs", "after", "after_any", "declined")
_MOMENTS = ("due", "deadline", "first_given", "first_declined", "ended")
"""Fields of the record that are shown as they are, as lists and as times."""


def shown(workspace: Workspace, state: State, task: Task, *, texts: bool, blocked: list[str] | None = None) -> Shown:
    """Return a task as answers show it, with its long `texts` or without.

    `blocked` is what `blockers` would find, where that is known.
    """
    agreed = workspace.agreement.confirmed()
    known = task if agreed is None else record.read(agreed, task.id)
    confirmed = known is not None and _unnumbered(known) == _unnumbered(task)
    given = known is not None and task.is_held and known.grant == task.grant
    long = {name: record.text(state, task.id, name) for name in record.TEXTS} if texts else {}
    blocked = blockers(state, task) if blocked is None else blocked
    same: dict[str, Any] = {name: getattr(task, name) for name in _SAME}
    same |= {name: list(getattr(task, name)) for name in _LISTS}
    same |= {name: _moment(getattr(task, name)) for name in _MOMENTS}
    return Shown(
        **same,
        status=_status(task, workspace.clock.now(), blocked),
        blocked_by=blocked,
        token=known.token if given and known is not None else None,
        confirmed=confirmed,
        holder_name=session.called(state, task.holder) if task.holder else "",
        to=recording.shown_address(task.to) if task.to else "",
        scopes=[checkout.shown(workspace, scope) for scope in task.scopes],
        commit_here=_is_here(workspace, task.commit) if texts and task.commit else None,
        made=Moment(task.made),
        not_before=_moment(task.from_time),
        given=_moment(task.given) if task.is_held else None,
        past=[Attempt(**{**item, "time": Moment(item["time"])}) for item in task.past],
        payload=Written(long["payload"]) if long.get("payload") else None,
        result=Written(long["result"]) if long.get("result") else None,
        body=long.get("body", ""),
    )


def _unnumbered(task: Task) -> Task:
    """Return the task without the numbers of operations: what is provisional gets others at the hub."""
    return replace(task, number=0, token=0)


def _moment(time: int | None) -> Moment | None:
    return Moment(time) if time else None


def _is_here(workspace: Workspace, commit: str) -> bool:
    return workspace.place.git.ask("cat-file", "-e", f"{commit}^{{commit}}")[0] == 0


def _status(task: Task, now: int, blocked: list[str]) -> str:
    if blocked:
        return "blocked"
    waits = task.left or task.children or task.from_time > now
    return "ready" if task.status == "pending" and not waits else task.status


def blockers(state: State, task: Task) -> list[str]:
    """Return the failed and cancelled tasks on which a pending one depends, over whatever way: a group's parts too."""
    if not _waits_for_others(task):
        return []
    seen: set[str] = set()
    found: list[str] = []
    left = [task]
    while left and len(seen) < DEEPEST:
        here = left.pop()
        parts = islice(record.children(state, here.id), DEEPEST) if here.children else ()
        for name in (*here.after, *here.after_any, *parts):
            other = record.read(state, name) if name not in seen else None
            seen.add(name)
            if other is None:
                continue
            if other.status in ("failed", "cancelled") and name in here.after:
                found.append(name)
            elif _waits_for_others(other):
                left.append(other)
    return found


def _waits_for_others(task: Task) -> bool:
    return task.status == "pending" and bool(task.left or task.children)


def line(item: Shown) -> str:
    """Return a task in one line."""
    about = [item.status if item.progress is None or item.status != "running" else f"running {item.progress}%"]
    if item.priority != "normal":
        about.append(item.priority)
    if item.type:
        about.append(printable(item.type))
    if item.holder:
        about.append(printable(item.holder_name))
    elif item.to:
        about.append(f"for {item.to}")
    if item.waiting_for:
        about.append(f"waiting for {printable(item.waiting_for)}")
    if item.blocked_by:
        about.append(f"blocked by {', '.join(name[:8] for name in item.blocked_by[:3])}")
    if item.error and item.status == "failed":
        about.append(printable(item.error))
    return f"{item.id[:8]}  {printable(item.title)}  ({', '.join(about)})"


def details(call: Call, item: Shown) -> Iterator[str]:
    """Tell everything about a task, a line each."""
    yield line(item)
    values = {
        "attempt": f"{item.attempt}, {item.failures} of {item.attempts} failed" if item.attempt else "",
        "asked": f"{item.asked} of {item.about[:12]}" if item.about else item.asked,
        "needs": ", ".join(map(printable, item.needs)),
        "scopes": ", ".join(map(printable, item.scopes)),
        "after": ", ".join(name[:8] for name in item.after),
        "after any": ", ".join(name[:8] for name in item.after_any),
        "parent": item.parent[:8],
        "children": f"{item.children} open" if item.children else "",
        "not before": item.not_before.clock(seconds=True) if item.not_before else "",
        "due": item.due.clock(seconds=True) if item.due else "",
        "deadline": item.deadline.clock(seconds=True) if item.deadline else "",
        "timeout": duration.show(item.timeout) if item.timeout else "",
        "note": printable(item.note),
        "commit": item.commit and f"{item.commit} ({'is here' if item.commit_here else 'is not here'})",
        "evidence": printable(item.evidence),
        "payload": printable(item.payload or ""),
        "result": printable(item.result or ""),
        "says": "\n    ".join(map(printable, item.body.splitlines())),
    }
    for name, value in values.items():
        if value:
            yield f"  {name}: {value}"
    for attempt in item.past:
        what = f"attempt {attempt.attempt} of {attempt.session}" if attempt.attempt else attempt.session
        yield f"  {what}: {attempt.how} at {attempt.time.clock()}"


def changed(call: Call, item: Shown) -> Iterator[str]:
    """Tell how a task is after a command."""
    yield line(item) + provisional(confirmed=item.confirmed)


def taken(call: Call, item: Given) -> Iterator[str]:
    """Tell a session about the task that it was given."""
    yield from changed(call, item)
    yield from list(details(call, item))[1:]
    yield from came_with(item.took_over, item.stale, call.now)


def name_only(_: Call, item: Shown) -> Iterator[str]:
    """The id alone."""
    yield item.id
