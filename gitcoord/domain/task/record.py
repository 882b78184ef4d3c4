"""What the state holds of a task: its record, its longer texts, its edges, and the index of the open ones.

A task is a directory, `tasks/all/<first 2 digits of its id>/<id>`: `task.json`, its texts (`payload`, `result`, `body`)
and, below `next/` and `children/`, the tasks that depend on it and those that it groups. Every open task stands in the
index once, under what it is waiting for:

    tasks/ready/<priority>/<hundreds>/<number>-<id>    can be given to a session at once
    tasks/later/<time>/<hundreds>/<number>-<id>        ready from that time on
    tasks/pending/<hundreds>/<number>-<id>             depends on open tasks
    tasks/running/<number>-<id>                        held by a session, whose directory lists it too
    tasks/waiting/<number>-<id>                        held in the same way, and waits for an answer or a person
    tasks/due/<time>/<hundreds>/<number>-<id>          has a deadline; besides one of the others
    tasks/asked/<hundreds>/<number>-<id>               ready now or later, for somebody; besides one of the others

`number` is that of the operation that added the task, so names sort by age; `hundreds` is the number without its last
two digits, so no directory grows with the number of tasks.

A review of a commit that was completed stands below `tasks/reviewed/`, by the commit (`policy/layout.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, fields, replace
from gitcoord.ledger import position
from gitcoord.ledger.commit import canonical
from gitcoord.policy import layout, limits
from gitcoord.policy.ids import NOBODY, EventId
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

PRIORITIES = ("low", "normal", "high", "critical")
ENDED = ("completed", "failed", "cancelled")
HELD = ("running", "waiting")
TEXTS = ("payload", "result", "body")
"""The texts of a task that stand in files of their own: they may be long, and a record is written often."""

MOST_PAST = 10
"""Of the attempts that are over, and of the refusals, so many of the last are kept."""

ROOT = "tasks"
_RANKS = tuple(f"{rank}-{name}" for rank, name in enumerate(reversed(PRIORITIES)))


@dataclass(frozen=True, slots=True)
class Task:
    """A task as the ledger knows it. Times are seconds since 1970, lengths are seconds, 0 or None where not given.

    `number` is that of the operation that added it, `by` the session that did. `to` is the address of those who may
    take it, None for everybody; `barred` and `declined` are sessions that may not, and that do not want to. `makers`
    are those who made what a review is about: neither they nor their children may take it. `left`
    counts the dependencies that still hold it back, `children` its open children. `about` is the commit that a request
    is about, `commit` the one that it was done with, `workflow` the id of the one of which it is a stage. `grant` is
    the operation that gave the task to its present holder, `token` the number of that operation, `attempt` how often it
    was given. `first_given` and `first_declined` are when a session took it, and refused it, for the first time.
    `failures` counts the attempts that failed, ran out of time or lost their holder (`lost` of them). `due`
    is when the attempt must be over, `remaining` what was left of it when the task began to wait. `from_time` is the
    earliest time at which it is given.
    """

    id: str
    number: int
    title: str
    by: SessionId
    made: int
    type: str = ""
    priority: str = "normal"
    to: dict[str, str] | None = None
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    after_any: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    timeout: int = 0
    deadline: int | None = None
    attempts: int = 3
    backoff: int = 1
    from_time: int = 0
    parent: str = ""
    asked: str = ""
    about: str = ""
    workflow: str = ""
    barred: tuple[str, ...] = ()
    makers: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    status: str = "pending"
    left: int = 0
    children: int = 0
    attempt: int = 0
    failures: int = 0
    lost: int = 0
    holder: SessionId = NOBODY
    grant: str = ""
    token: int = 0
    given: int = 0
    first_given: int = 0
    first_declined: int = 0
    due: int | None = None
    remaining: int | None = None
    progress: int | None = None
    waiting_for: str = ""
    note: str = ""
    error: str = ""
    commit: str = ""
    evidence: str = ""
    updated: int = 0
    ended: int = 0
    past: tuple[dict[str, Any], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.status not in ENDED

    @property
    def is_held(self) -> bool:
        """Whether a session holds it."""
        return self.status in HELD


_FIELDS = {field.name: field for field in fields(Task)}
_TUPLES = {name for name, field in _FIELDS.items() if str(field.type).startswith("tuple")}


def directory(task: str) -> str:
    """Where everything about a task stands."""
    return f"{ROOT}/all/{task[:2]}/{task}"


def beginning(state: State, text: str) -> list[str]:
    """Return the ids of the tasks that begin so; at least two digits are needed."""
    return [name for name in state.names(f"{ROOT}/all/{text[:2]}") if name.startswith(text)]


def read(state: State, task: str) -> Task | None:
    """Return the task of this id, None where there is none."""
    record = state.json(f"{directory(task)}/task.json") if EventId.fits(task) else None
    return None if record is None else _decode(task, record)


def _decode(task: str, record: dict[str, Any]) -> Task:
    values: dict[str, Any] = {
        key: tuple(value) if key in _TUPLES else value for key, value in record.items() if key in _FIELDS
    }
    values["scopes"] = tuple(Scope.from_json(item) for item in record.get("scopes", ()))
    return Task(**{**values, "id": task})


def _encode(task: Task) -> dict[str, Any]:
    """The record: what is as it would be anyway is left out."""
    found = {}
    for name, field in _FIELDS.items():
        value = getattr(task, name)
        if name != "id" and value != field.default:
            found[name] = list(value) if name in _TUPLES else value
    if task.scopes:
        found["scopes"] = [scope.to_json() for scope in task.scopes]
    return found


def put(state: State, task: Task, before: Task | None = None) -> None:
    """Write a task and its entries in the index; `before` is what the state has of it, None for a new one."""
    old = index_of(before) if before is not None else {}
    new = index_of(task)
    for path in old:
        if path not in new:
            state.remove(path)
    for path, content in new.items():
        if old.get(path) != content:
            state.write(path, content)
    state.write_json(f"{directory(task.id)}/task.json", _encode(task))


def text(state: State, task: str, name: str) -> str:
    """Return one of the longer texts of a task (`TEXTS`), '' where it has none."""
    content = state.read(f"{directory(task)}/{name}")
    return content.decode("utf-8", "surrogateescape") if content is not None else ""


def put_text(state: State, task: str, name: str, value: str) -> None:
    """Write one of the longer texts of a task (`TEXTS`)."""
    if value:
        state.write(f"{directory(task)}/{name}", value.encode("utf-8", "surrogateescape"))


def put_review(state: State, task: Task, reviewer: Session) -> None:
    """Remember that a session has completed a review of a commit, and as what: the guard of owners asks for it."""
    said = {"session": reviewer.id, "name": reviewer.name, "role": reviewer.bound, "teams": list(reviewer.teams)}
    kept = {key: value for key, value in said.items() if value}
    state.write_json(f"{layout.reviewed(task.about)}/{task.id}", kept)


def link(state: State, task: str, dependent: str) -> None:
    """Remember that a task depends on another one."""
    state.write(f"{directory(task)}/next/{dependent}", b"")


def dependents(state: State, task: str) -> list[str]:
    """Return the ids of the tasks that depend on one."""
    return state.names(f"{directory(task)}/next")


def adopt(state: State, parent: str, child: str) -> None:
    """Remember that a task groups another one."""
    state.write(f"{directory(parent)}/children/{child}", b"")


def children(state: State, parent: str) -> list[str]:
    """Return the ids of the tasks that a task groups."""
    return state.names(f"{directory(parent)}/children")


def criteria(task: Task) -> dict[str, Any]:
    """Who may be given a task, as its entry in the index says it; {} for everybody."""
    found: dict[str, Any] = {"type": task.type, "to": task.to, "needs": list(task.needs)}
    found |= {"but": [*task.barred, *task.declined], "makers": list(task.makers)}
    return {key: value for key, value in found.items() if value}


def index_of(task: Task) -> dict[str, bytes]:
    """The entries of a task in the index: path -> content."""
    if not task.is_open:
        return {}
    own = f"{task.number:012d}-{task.id}"
    name = f"{own[:10]}/{own}"
    found = {}
    if task.status == "ready":
        wanted = criteria(task)
        content = (canonical(wanted) + "\n").encode("utf-8", "surrogateescape") if wanted else b""
        found[f"{ROOT}/ready/{_rank(task)}/{name}"] = content
    elif task.is_held:
        held = {"holder": task.holder, "due": task.due}
        found[f"{ROOT}/{task.status}/{own}"] = (canonical(held) + "\n").encode()
        found[f"{held_directory(task.holder)}/{task.id}"] = b""
    elif task.left or task.children:
        found[f"{ROOT}/pending/{name}"] = b""
    else:
        found[f"{ROOT}/later/{task.from_time:013d}/{name}"] = b""
    if task.to and not (task.is_held or task.left or task.children):
        found[f"{ROOT}/asked/{name}"] = (canonical(criteria(task)) + "\n").encode("utf-8", "surrogateescape")
    if task.deadline is not None:
        found[f"{ROOT}/due/{task.deadline:013d}/{name}"] = b""
    return found


def _rank(task: Task) -> str:
    return _RANKS[len(PRIORITIES) - 1 - PRIORITIES.index(task.priority)]


def order(task: Task) -> tuple[int, int]:
    """Return by what ready tasks are in line: the priority, then the age."""
    return _RANKS.index(_rank(task)), task.number


def order_in(path: str) -> tuple[int, int]:
    """Return the same for an entry of the ready ones."""
    parts = path.split("/")
    return int(parts[2][0]), int(parts[-1].partition("-")[0])


def held_directory(session: SessionId) -> str:
    """Where a live session's tasks are listed."""
    return f"{position.live_directory(session)}/tasks"


def held_by(state: State, session: SessionId) -> list[Task]:
    """Return the tasks that a session holds, in the order of their ids."""
    found = (read(state, name) for name in state.names(held_directory(session)))
    return [task for task in found if task is not None and task.holder == session]


def listed(state: State, kind: str) -> Iterator[str]:
    """Return the ids of the tasks in one part of the index, such as `ready`, in its order."""
    yield from map(id_in, entries(state, kind))


def entries(state: State, kind: str) -> Iterator[str]:
    """Return the paths of one part of the index, in its order; each directory is opened when its turn comes."""
    return _leaves(state, f"{ROOT}/{kind}")


def _leaves(state: State, path: str) -> Iterator[str]:
    for name in state.names(path):
        at = f"{path}/{name}"
        yield from _leaves(state, at) if state.names(at) else (at,)


def timed(state: State, kind: str, until: int) -> Iterator[str]:
    """Return the ids of the tasks that stand in the index (`later`, `due`) at or before a time, the earliest first."""
    for time in state.names(f"{ROOT}/{kind}"):
        if int(time) > until:
            return
        yield from listed(state, f"{kind}/{time}")


def next_time(state: State, kind: str, after: int) -> int | None:
    """Return the first time after `after` (seconds) in a part of the index (`later`, `due`); None where none is."""
    return next((int(time) for time in state.names(f"{ROOT}/{kind}") if int(time) > after), None)


def open_ids(state: State) -> list[str]:
    """Return the ids of all open tasks: held ones first, then ready ones by priority and age, then those that wait."""
    return [task for kind in (*HELD, "ready", "later", "pending") for task in listed(state, kind)]


def every_id(state: State) -> Iterator[str]:
    """Return the ids of all tasks, those that are over too, in no meaningful order."""
    for fan in state.names(f"{ROOT}/all"):
        yield from state.names(f"{ROOT}/all/{fan}")


def id_in(path: str) -> str:
    """Return the id of the task that an entry of the index is about."""
    return path.rpartition("-")[2]


def over(task: Task, how: str, by: SessionId, time: int) -> Task:
    """Return the task without its holder; the attempt is kept among those that are over, with how it ended."""
    attempt = {"session": task.holder, "attempt": task.attempt, "how": how, "by": by, "time": time}
    past = _and(task, attempt) if task.holder else task.past
    return replace(
        task, holder=NOBODY, grant="", due=None, remaining=None, progress=None, waiting_for="", updated=time, past=past
    )


def declining(task: Task, by: SessionId, time: int) -> Task:
    """Return the task as a session does not want it; that stands in its past, where the session does not hold it."""
    declined = (*(other for other in task.declined if other != by), by)[-limits.RELATIONS :]
    said = replace(task, declined=declined, first_declined=task.first_declined or time)
    if task.holder or by in task.declined:
        return said
    return replace(said, past=_and(task, {"session": by, "attempt": 0, "how": "declined", "by": by, "time": time}))


def _and(task: Task, attempt: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return (*task.past, attempt)[-MOST_PAST:]
