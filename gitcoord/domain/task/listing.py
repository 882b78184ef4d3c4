"""Look at tasks: a page of them, or one with everything that is known of it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain import paging
from gitcoord.domain.command import Argument, option
from gitcoord.domain.paging import LIMIT, OFFSET
from gitcoord.domain.session import identity
from gitcoord.domain.task import record, recording
from gitcoord.domain.task.apply import choice
from gitcoord.domain.task.view import Shown, details, line, shown
from gitcoord.errors.usage import NotOneOf
from gitcoord.policy.ids import may_begin
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State

STATUSES = ("pending", "blocked", "ready", "running", "waiting", "completed", "failed", "cancelled")
COMMITS = 50
"""Commits of a task that are listed."""


@dataclass(frozen=True, slots=True)
class List:
    """List tasks: the open ones, those that sessions hold first, then by priority and age."""

    status: Annotated[str, option("--status", metavar="S", help="Only tasks with this status.")] = ""
    everything: Annotated[bool, option("--all", help="Tasks that have ended, too.")] = False
    type: Annotated[str, option("--type", metavar="T", help="Only of this type.")] = ""
    of: Annotated[str, option("--of", metavar="ID", help="Only tasks that this session holds or added.")] = ""
    to: Annotated[str, option("--for", metavar="ID", help="Only tasks that this session may take.")] = ""
    needs: Annotated[str, option("--needs", metavar="CAP", help="Only tasks that need this capability.")] = ""
    text: Annotated[str, option("--text", metavar="WORDS", help="Only with these words in the title.")] = ""
    parent: Annotated[str, option("--parent", metavar="ID", help="Only tasks that this task groups.")] = ""
    limit: Annotated[int, LIMIT] = 50
    offset: Annotated[int, OFFSET] = 0
    markdown: Annotated[bool, option("--markdown", help="As a checklist.")] = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of tasks: `shown` of `total`; `next` is the offset of the next page, None where this is the last."""

    tasks: list[Shown]
    shown: int
    total: int
    next: int | None
    markdown: bool


@dataclass(frozen=True, slots=True)
class Show:
    """Show everything about a task: what was said, each attempt, and its commits (`Coord-Task: ID` in the message)."""

    id: Annotated[str, Argument("ID", "The task, by the first characters of its id.")]


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit whose message names a task."""

    commit: str
    subject: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A task, the commits that name it, and the tasks that depend on it or that it groups."""

    task: Shown
    commits: list[Commit] = field(default_factory=list)
    dependents: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def page(call: Call, request: List) -> Listed:
    """List tasks. Raises `Usage` for a status that there is not, `NotFound` for another session or parent."""
    if request.status and request.status not in STATUSES:
        raise NotOneOf(request.status, "a status", STATUSES)
    call.look()
    call.reader()
    state, workspace = call.state, call.workspace
    if request.parent:
        request = replace(request, parent=recording.find(state, request.parent).id)
    names = _names(state, request)
    if _filters(request):
        wanted = [task for name in names if (task := record.read(state, name)) and _suits(call, state, task, request)]
        total, chosen = len(wanted), wanted[request.offset : request.offset + request.limit]
    else:
        total = len(names)
        found = (record.read(state, name) for name in names[request.offset : request.offset + request.limit])
        chosen = [task for task in found if task is not None]
    items = [shown(workspace, state, task, texts=False) for task in chosen]
    following = paging.following(request.offset, len(items), total)
    return Listed(items, len(items), total, following, request.markdown)


def _names(state: State, request: List) -> list[str]:
    """Return the tasks among which is looked, in the order in which they are shown."""
    if not request.everything and request.status not in record.ENDED:
        return record.open_ids(state)
    ended = [task for name in record.every_id(state) if (task := record.read(state, name)) and not task.is_open]
    ended.sort(key=lambda task: (-task.ended, -task.number))
    return [*record.open_ids(state), *(task.id for task in ended)]


def _filters(request: List) -> bool:
    return any((request.status, request.type, request.of, request.to, request.needs, request.text, request.parent))


def _suits(call: Call, state: State, task: Task, request: List) -> bool:
    if request.type and task.type != request.type:
        return False
    if request.needs and request.needs not in task.needs:
        return False
    if request.text and request.text.lower() not in task.title.lower():
        return False
    if request.parent and task.parent != request.parent:
        return False
    if request.of and identity.named(call.workspace, state, request.of).id not in (task.holder, task.by):
        return False
    if request.to:
        me = identity.named(call.workspace, state, request.to)
        if not task.is_open or task.is_held or choice.refusal(state, record.criteria(task), me):
            return False
    return not request.status or shown(call.workspace, state, task, texts=False).status == request.status


def listed(call: Call, answer: Listed) -> Iterator[str]:
    """Tell a page of tasks, a line each."""
    if answer.markdown:
        for item in answer.tasks:
            yield _box(item)
    else:
        yield from map(line, answer.tasks)
        if not answer.tasks:
            yield "there are no such tasks" if answer.total == 0 else "there are no more tasks"
    rest = list(paging.more(answer))
    if not rest and answer.shown < answer.total:
        rest = [f"{answer.shown} of {answer.total}: the last ones"]
    yield from (f"\n{line}" if answer.markdown else line for line in rest)


def ids(_: Call, answer: Listed) -> Iterator[str]:
    """Tell the ids of a page of tasks alone."""
    yield from (item.id for item in answer.tasks)


def _box(item: Shown) -> str:
    """Return a task as a line of a Markdown checklist."""
    title = "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in printable(item.title))
    return f"- [{'x' if item.status == 'completed' else ' '}] {title} ({item.id[:8]}, {item.status})"


def one(call: Call, request: Show) -> Whole:
    """Show a task. Raises `NotFound`."""
    call.look()
    call.reader()
    state = call.state
    task = recording.find(state, request.id)
    return Whole(
        shown(call.workspace, state, task, texts=True),
        _commits(call, task.id),
        list(islice(record.dependents(state, task.id), 1000)),
        list(islice(record.children(state, task.id), 1000)),
    )


def _commits(call: Call, task: str) -> list[Commit]:
    """Return the commits of this repository whose message says `Coord-Task:` and this task, the newest first."""
    status, out, _ = call.place.git.ask(
        "log", "--branches", "--remotes", "HEAD", f"--max-count={COMMITS * 4}", f"--grep=^Coord-Task: *{task[:4]}",
        "--format=%H%x09%(trailers:key=Coord-Task,valueonly,separator=%x20)%x09%s",
    )  # fmt: skip
    found = []
    for text in out.decode("utf-8", "surrogateescape").splitlines() if status == 0 else ():
        commit, named, subject = [*text.split("\t", 2), "", ""][:3]
        if any(may_begin(name) and task.startswith(name) for name in named.split()):
            found.append(Commit(commit, subject))
    return found[:COMMITS]


def whole(call: Call, answer: Whole) -> Iterator[str]:
    """Tell everything about a task."""
    yield from details(call, answer.task)
    for item in answer.commits:
        yield f"  commit {item.commit[:12]}: {printable(item.subject)}"
    if answer.dependents:
        yield f"  holds back: {', '.join(name[:8] for name in answer.dependents[:10])}"
    if answer.groups:
        yield f"  groups: {', '.join(name[:8] for name in answer.groups[:10])}"
