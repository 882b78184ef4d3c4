"""Reading the payloads of the operations on tasks, which anybody may have written: whole, or malformed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass
from gitcoord.domain import fields
from gitcoord.domain.task.record import PRIORITIES, Task
from gitcoord.errors import Malformed
from gitcoord.kernel.lightjson import loads
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId, is_hexadecimal
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from gitcoord.ledger.fold import Operation

REQUESTS = ("review", "help", "implement")
EVIDENCE = ("timeout", "deadline", "lease", "process", "ahead")
"""Why a task may be taken from its holder, or ended, by somebody else."""

_ADDRESSES = ({"session"}, {"session", "name"}, {"name"}, {"role"}, {"can"}, {"team"})


@dataclass(frozen=True, slots=True)
class Overdue:
    """A task that somebody else may offer again or end, and why. `tip` is the last event seen of a holder ahead."""

    task: str
    evidence: str
    tip: str


def task_in(operation: Operation) -> Task:
    """Return the task that an operation adds, as its payload describes it. Raises `Malformed`."""
    data = operation.data
    title = fields.text(data, "title")
    if not title.strip() or len(title) > limits.TITLE or any(char < " " for char in title):
        raise Malformed("a title is one short line")
    priority = fields.text(data, "priority", "normal")
    asked = fields.text(data, "asked", "")
    if priority not in PRIORITIES or asked not in ("", *REQUESTS):
        raise Malformed("unknown priority or request")
    after, after_any = _tasks(data, "after"), _tasks(data, "after_any")
    parent = fields.text(data, "parent", "")
    if parent and not EventId.fits(parent):
        raise Malformed("the parent is not an id")
    return Task(
        id=operation.event.id,
        number=operation.number,
        title=title,
        by=operation.session,
        made=operation.time,
        type=_word(data, "type"),
        priority=priority,
        to=_address(data.get("to")),
        needs=tuple(dict.fromkeys(fields.texts(data, "needs"))),
        after=after,
        after_any=tuple(task for task in after_any if task not in after),
        scopes=_scopes(data),
        timeout=fields.number(data, "timeout", 0, limits.LENGTH),
        deadline=fields.optional_number(data, "deadline"),
        attempts=_attempts(data),
        backoff=fields.number(data, "backoff", 1, limits.LENGTH),
        from_time=fields.number(data, "not_before", 0),
        parent=parent,
        asked=asked,
        about=commit_in(data, "about"),
        barred=(operation.session,) if asked == "review" else (),
        makers=_makers(operation) if asked == "review" else (),
    )


def _makers(operation: Operation) -> tuple[str, ...]:
    """Who made what a review is about; whoever asks for it, where nobody is named."""
    return tuple(dict.fromkeys(fields.texts(operation.data, "makers"))) or (operation.session,)


def json_in(data: dict[str, Any], key: str) -> str:
    """Return a JSON text as it was written, '' where there is none. Raises `Malformed`.

    It is kept as text: numbers stay as written, and nothing depends on how somebody reads them.
    """
    value = body_in(data.get(key, ""))
    if value:
        try:
            loads(value.encode("utf-8", "surrogateescape"))
        except ValueError as error:
            raise Malformed(f"{key} is not JSON: {error}") from None
    return value


def body_in(value: object) -> str:
    """Return a longer text. Raises `Malformed`."""
    if not isinstance(value, str):
        raise Malformed("a text of a task is not a text")
    try:
        content = value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise Malformed("a text of a task is not a text") from None
    if len(content) > limits.TASK_TEXT_BYTES or content.decode("utf-8", "surrogateescape") != value:
        raise Malformed("a text of a task is too long, or is not a text")
    return value


def id_in(data: dict[str, Any]) -> EventId:
    """Return the id of the task that an operation is about. Raises `Malformed`."""
    try:
        return EventId.parse(fields.text(data, "id"))
    except ValueError as error:
        raise Malformed("id is not the id of a task") from error


def overdue_in(data: dict[str, Any]) -> list[Overdue]:
    """Return the tasks that an operation says may be offered again or ended. Raises `Malformed`."""
    found = [
        Overdue(id_in(item), fields.text(item, "evidence"), fields.text(item, "tip", ""))
        for item in fields.records(data, "tasks")
    ]
    if not found or any(item.evidence not in EVIDENCE for item in found):
        raise Malformed("it names no task, or an unknown evidence")
    return found


def commit_in(data: dict[str, Any], key: str) -> str:
    """Return the id of a commit, '' where there is none. Raises `Malformed`."""
    found = fields.text(data, key, "")
    if found and (not 7 <= len(found) <= 64 or not is_hexadecimal(found)):
        raise Malformed(f"{key} is not the id of a commit")
    return found


def _attempts(data: dict[str, Any]) -> int:
    attempts = fields.number(data, "attempts", 3, limits.ATTEMPTS)
    if not attempts:
        raise Malformed("a task has at least one attempt")
    return attempts


def _word(data: dict[str, Any], key: str) -> str:
    word = fields.text(data, key, "")
    if len(word) > limits.WORD or any(char <= " " for char in word):
        raise Malformed(f"{key} is not a word")
    return word


def _tasks(data: dict[str, Any], key: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(fields.texts(data, key)))
    if len(found) > limits.RELATIONS or not all(map(EventId.fits, found)):
        raise Malformed(f"{key} is not a list of ids")
    return found


def _address(value: object) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Malformed("to is not an address")
    found = {key: fields.text(value, key) for key in ("session", "name", "role", "can", "team") if key in value}
    if not all(found.values()) or set(found) not in _ADDRESSES:
        raise Malformed("to is not an address")
    return found


def _scopes(data: dict[str, Any]) -> tuple[Scope, ...]:
    items = fields.records(data, "scopes")
    if len(items) > limits.SCOPES:
        raise Malformed(f"a task names at most {limits.SCOPES} scopes")
    try:
        return tuple(dict.fromkeys(Scope.from_json(item) for item in items))
    except ValueError as error:
        raise Malformed(f"a scope is malformed: {error}") from error
