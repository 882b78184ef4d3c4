"""Add many tasks at once, from JSON lines or from a Markdown checklist."""

from __future__ import annotations

import heapq
import json
from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, fields
from gitcoord.domain.command import Argument
from gitcoord.domain.records import Written, text_of
from gitcoord.domain.task import record, recording
from gitcoord.domain.task.adding import Add, draft
from gitcoord.domain.wording import plural, provisional
from gitcoord.errors.task import NoTasks, NotATask
from gitcoord.errors.usage import AtMost, Circular, TwoAlike
from gitcoord.kernel.lightjson import loads
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.ledger.event import Draft
    from gitcoord.ledger.state import State

MOST = limits.EVENTS
BYTES = 16 << 20
LOOKED_AT = 2000
"""Open tasks among which others of the same title are looked for."""
NAMED = 3
"""Titles in a warning."""
_NAMES = {"for": "to", "message": "body"}
_TEXTS = {field.name for field in fields(Add)} - {"needs", "after", "after_any", "claim", "attempts", "payload"}
_LISTS = ("needs", "after", "after_any", "claim")


@dataclass(frozen=True, slots=True)
class Import:
    """Add the tasks of a file, all or none: JSON lines with the names of the options of `task add`, or a checklist.

    A line's `key` is what others of the file call it in `after`, `after_any` and `parent`. In a checklist an indented
    box belongs to the one above it; ticked boxes are left out.
    """

    file: Annotated[str, Argument("FILE", "The file; - for standard input.")]


@dataclass(frozen=True, slots=True)
class Imported:
    """The tasks that were added, in the order of the file; not `confirmed`, only this clone knows them."""

    ids: list[str]
    confirmed: bool


def run(call: Call, request: Import) -> Imported:
    """Add the tasks of a file. Raises `Usage` for a file that is none."""
    text = call.read(request.file, BYTES)
    asked = _checklist(text) if not text.lstrip().startswith("{") else _lines(text)
    if not asked:
        raise NoTasks()
    if len(asked) > MOST:
        raise AtMost("a file of tasks", MOST, "tasks", "import them in several files")
    me = call.me()
    call.warnings += _alike(call.state, {task.title for _, task in asked})
    ids = [call.workspace.ids.hexadecimal(EventId.DIGITS) for _ in asked]
    known = {key: name for (key, _), name in zip(asked, ids, strict=True) if key}
    order = _in_order(asked)

    def make(state: State) -> list[Draft]:
        return [draft(call, state, me, asked[at][1], ids[at], known) for at in order]

    done = recording.record_all(call.workspace, me, make)
    return Imported(ids, done.confirmed)


def _alike(state: State, titles: set[str]) -> Iterator[str]:
    """Warn of tasks that are called as open ones are: the file may have been imported before."""
    found = (record.read(state, name) for name in record.open_ids(state)[:LOOKED_AT])
    same = sorted(titles & {task.title for task in found if task is not None})
    if same:
        yield f"{plural(len(same), 'open task')} had the same title already: {', '.join(map(printable, same[:NAMED]))}"


def told(call: Call, answer: Imported) -> Iterator[str]:
    """Tell how many tasks were added."""
    count = f"{len(answer.ids)} task{'' if len(answer.ids) == 1 else 's'}"
    yield f"added {count}{provisional(confirmed=answer.confirmed)}"


def names(_: Call, answer: Imported) -> Iterator[str]:
    """Tell the ids alone."""
    yield from answer.ids


def _lines(text: str) -> list[tuple[str, Add]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            loads(line.encode("utf-8", "surrogateescape"))  # as the ledger reads it: depth, digits, names twice
            value = json.loads(line, parse_int=Written, parse_float=Written)
            found.append(_read(value))
        except (ValueError, TypeError, RecursionError) as error:
            raise NotATask(number, error) from error
    keys = [key for key, _ in found if key]
    if len(set(keys)) != len(keys):
        raise TwoAlike("tasks of the file", printable(next(key for key in keys if keys.count(key) > 1)))
    return found


def _read(value: object) -> tuple[str, Add]:
    """Return the key and the task of a line. Raises `ValueError`."""
    if not isinstance(value, dict):
        raise ValueError("it is not an object")
    key = ""
    given: dict[str, Any] = {}
    for name, item in value.items():
        word = str(name)
        field = _NAMES.get(word, word).replace("-", "_")
        if field == "payload":
            given[field] = text_of(item)
        elif field == "attempts" and isinstance(item, Written) and item.isdigit() and 0 < int(item) <= limits.ATTEMPTS:
            given[field] = int(item)
        elif (field in _LISTS and isinstance(item, list) and all(type(one) is str for one in item)) or (
            field in _TEXTS and type(item) is str
        ):
            given[field] = item
        elif field == "key" and type(item) is str:
            key = item
        else:
            raise ValueError(f"{word} is unknown, or not what it should be")
    if "title" not in given:
        raise ValueError("it has no title")
    return key, Add(**given)


def _checklist(text: str) -> list[tuple[str, Add]]:
    """Return the boxes of a checklist that are not ticked."""
    found: list[tuple[str, Add]] = []
    above: list[tuple[int, str]] = []
    for number, line in enumerate(text.expandtabs(4).splitlines(), 1):
        words = line.strip()
        if not words.startswith(("- [", "* [", "+ [")) or words[4:6] not in ("] ", "]") or words[3] not in " xX":
            continue
        depth = len(line) - len(line.lstrip())
        while above and above[-1][0] >= depth:
            above.pop()
        title = words[6:].strip()
        key = f"line {number}" if words[3] == " " and title else ""
        if key:
            parent = above[-1][1] if above else ""
            found.append((key, Add(title[: limits.TITLE], parent=parent)))
        above.append((depth, key))
    return found


def _in_order(asked: list[tuple[str, Any]]) -> list[int]:
    """Return the order in which tasks are added: each after those that it names. Raises `Usage` for a circle."""
    at = {key: number for number, (key, _) in enumerate(asked) if key}
    edges = [[at[name] for name in (*task.after, *task.after_any, task.parent) if name in at] for _, task in asked]
    waits = [len(names) for names in edges]
    behind: list[list[int]] = [[] for _ in asked]
    for number, names in enumerate(edges):
        for name in names:
            behind[name].append(number)
    ready = [number for number, count in enumerate(waits) if not count]  # sorted, so a heap
    order: list[int] = []
    while ready:
        number = heapq.heappop(ready)
        order.append(number)
        for other in behind[number]:
            waits[other] -= 1
            if not waits[other]:
                heapq.heappush(ready, other)
    if len(order) < len(asked):
        names_left = sorted(asked[number][0] for number in set(range(len(asked))) - set(order))
        raise Circular("tasks", names_left)
    return order
