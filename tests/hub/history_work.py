"""A checker of histories of tasks and shared state: what sessions were told, against the hub's ledger in the end.

It stands beside history.py, which does the same for claims, and takes the same answers. The ledger is a list of deeds,
operations with the words of their verdicts. The checker folds them with a few lines of its own, and says in a sentence
what must not be: a task with two live holders, a task or a write that was acknowledged and is lost, a version that does
not rise, a write that did not see what it went over.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .history import Answer

ANY = "*"


@dataclass(frozen=True)
class Deed:
    """An operation of the ledger: its number, what it asks for (`data`), and its verdict: `reason` where refused."""

    commit: int
    number: int
    id: str
    session: str
    kind: str
    reason: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """A task: whether it is over, and who holds it under which token."""

    over: bool = False
    holder: str = ""
    token: int = 0


@dataclass(frozen=True)
class Scope:
    """A scope of shared state: its version, and of each key the write that stands and its text."""

    version: int = 0
    write: str = ""
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    removed: str = ""


class Workbook:
    """The deeds in order. `tasks[n]` and `scopes[n]` are what there is after commit number n.

    `wrong` says what cannot be.
    """

    def __init__(self, deeds: list[Deed], commits: int = 0) -> None:
        self.deeds = deeds
        self.wrong: list[str] = []
        self.tasks: list[dict[str, Task]] = []
        self.scopes: list[dict[str, Scope]] = []
        self._task: dict[str, Task] = {}
        self._scope: dict[str, Scope] = {}
        at = 0
        for commit in range(max([commits, *(deed.commit + 1 for deed in deeds)])):
            while at < len(deeds) and deeds[at].commit == commit:
                self._do(deeds[at])
                at += 1
            self.tasks.append(dict(self._task))
            self.scopes.append(dict(self._scope))

    def of(self, session: str, *kinds: str) -> list[Deed]:
        """The deeds of a session of these kinds."""
        return [deed for deed in self.deeds if deed.session == session and deed.kind in kinds]

    def _do(self, deed: Deed) -> None:
        if deed.kind in ("end", "retire") and not deed.reason:
            over = {deed.session} if deed.kind == "end" else {one["id"] for one in deed.data["sessions"]}
            for name, task in self._task.items():
                if task.holder in over:
                    self._task[name] = replace(task, holder="")
        elif deed.kind == "state":
            self._write(deed)
        elif deed.kind.startswith("task-") and not deed.reason:
            self._work(deed)

    def _work(self, deed: Deed) -> None:
        if deed.kind in ("task-next", "task-take"):
            self._give(deed, deed.detail["id"], deed.detail["token"])
        elif deed.kind in ("task-again", "task-keep"):
            for name in (*deed.detail.get("again", ()), *deed.detail.get("returned", ())):
                self._task[name] = replace(self._task[name], holder="")
            for name in deed.detail.get("failed", ()):
                self._task[name] = replace(self._task[name], holder="", over=True)
        elif deed.kind == "task-add":
            self._task[deed.id] = Task()
        elif deed.kind in ("task-done", "task-return"):
            task = self._task.get(deed.data["id"], Task())
            if task.holder != deed.session:
                self.wrong.append(f"not its task: {deed.kind} of {deed.session} for {deed.data['id']}")
            self._task[deed.data["id"]] = replace(task, holder="", over=task.over or deed.kind == "task-done")

    def _give(self, deed: Deed, name: str, token: int) -> None:
        task = self._task.get(name)
        if task is None or task.over:
            self.wrong.append(f"given, and not open: {name} to {deed.session} by number {deed.number}")
        elif task.holder == deed.session:
            return
        elif task.holder:
            self.wrong.append(f"two holders: {name} of {task.holder} was given to {deed.session}")
        elif token <= task.token or token != deed.number:
            self.wrong.append(f"tokens fall: {name} was given under {token} after {task.token}")
        self._task[name] = Task(holder=deed.session, token=token)

    def _write(self, deed: Deed) -> None:
        """A write: refused where it did not see what stands and only there, or the next version of its scope."""
        name = deed.data["scope"]
        scope = self._scope.get(name, Scope())
        seen = deed.data.get("saw", ANY) in (ANY, scope.write) and all(
            one.get("saw", ANY) in (ANY, scope.keys.get(one["key"], (scope.removed, ""))[0])
            for one in deed.data["changes"]
        )
        if deed.reason:
            if deed.reason == "stale" and seen:
                self.wrong.append(f"stale for nothing: number {deed.number} saw what stands in {name}")
            return
        if not seen:
            self.wrong.append(f"went over what it did not see: number {deed.number} in {name}")
        if deed.detail["version"] != scope.version + 1:
            self.wrong.append(f"versions jump: {name} from {scope.version} to {deed.detail['version']}")
        keys = dict(scope.keys)
        for one in deed.data["changes"]:
            keys[one["key"]] = (deed.id, str(one.get("value", "")))
        self._scope[name] = replace(scope, version=deed.detail["version"], write=deed.id, keys=keys)


def check(answers: list[Answer], book: Workbook) -> list[str]:
    """Everything that is wrong with what sessions were told of tasks and state, as sentences."""
    finders = (nothing_is_lost, given_is_there, never_two_holders, writes_are_there, versions_rise, reads_are_true)
    return [*book.wrong, *(sentence for finder in finders for sentence in finder(answers, book))]


def _said(answers: list[Answer], verb: str) -> list[Answer]:
    """The answers to a verb that were acknowledged."""
    return [answer for answer in answers if answer.verb == verb and answer.status == 0]


def nothing_is_lost(answers: list[Answer], book: Workbook) -> Iterator[str]:
    """Each operation that was acknowledged is in the ledger, as often as it was; a task that was added is a task."""
    known = book.tasks[-1] if book.tasks else {}
    for answer in _said(answers, "task-add"):
        if answer.said["id"] not in known:
            yield f"lost: {answer}, and there is no task {answer.said['id']}"
    for verb, kind in (("task-next", "task-next"), ("state-set", "state")):
        for session, count in Counter(answer.session for answer in _said(answers, verb)).items():
            if len(book.of(session, kind)) < count:
                yield f"lost: {session} was told {count} times of {verb}, the ledger has {len(book.of(session, kind))}"
    for verb in ("task-done", "task-return"):
        for answer in _said(answers, verb):
            found = [deed for deed in book.of(answer.session, verb) if deed.data["id"] == answer.scope]
            if not found or (answer.said["confirmed"] and all(deed.reason for deed in found)):
                yield f"lost: {answer}, and the ledger has none that counts"
            elif all(deed.reason for deed in found) and not _warned(answers, answer):
                yield f"lost unawares: {answer}, which was refused, and {answer.session} was not told"


def _warned(answers: list[Answer], answer: Answer) -> bool:
    """Whether the session was warned of this task afterwards, or a command was killed that may have warned it."""
    mine = [one for one in answers if one.session == answer.session and one.begun >= answer.begun]
    said = any(answer.scope[:8] in text for one in mine for text in one.said.get("warnings", ()))
    return said or any(one.status is None for one in mine)


def given_is_there(answers: list[Answer], book: Workbook) -> Iterator[str]:
    """What a session was told to hold, and confirmed, the ledger gave it under that token."""
    numbers = {deed.number: deed for deed in book.deeds if deed.kind in ("task-next", "task-take")}
    for answer in _said(answers, "task-next"):
        deed = numbers.get(answer.said["token"] or 0)
        if not answer.said["confirmed"]:
            continue
        if deed is None or deed.reason or deed.session != answer.session or deed.detail["id"] != answer.said["id"]:
            yield f"given, and not in the ledger: {answer.said['id']} to {answer.session}, {answer.said['token']}"


def never_two_holders(answers: list[Answer], book: Workbook) -> Iterator[str]:
    """No two sessions were told at once that they hold one task, unless the ledger took it from the first."""
    found: dict[str, list[tuple[int, Answer, float]]] = {}
    for answer in _said(answers, "task-next"):
        if answer.said["confirmed"]:
            over = [one.begun for one in answers if _gives_up(one, answer)]
            row = (answer.said["token"], answer, min(over, default=float("inf")))
            found.setdefault(answer.said["id"], []).append(row)
    for name, rows in found.items():
        rows.sort(key=lambda row: row[0])
        for (token, one, ended), (later, other, _) in pairwise(rows):
            if one.session != other.session and other.ended < ended and not _freed(book, name, token, later):
                yield f"two holders: {name} by {one.session} ({token}) and {other.session} ({later})"


def _gives_up(answer: Answer, given: Answer) -> bool:
    about = answer.verb == "end" or (answer.verb in ("task-done", "task-return") and answer.scope == given.said["id"])
    return about and answer.session == given.session and answer.begun >= given.ended


def _freed(book: Workbook, name: str, first: int, last: int) -> bool:
    """Whether the ledger frees a task between two numbers, whoever was told of it."""
    for deed in book.deeds:
        if first < deed.number < last and not deed.reason:
            named = [*deed.detail.get("again", ()), *deed.detail.get("returned", ()), deed.data.get("id")]
            if deed.kind in ("end", "retire") or (name in named and deed.kind != "task-next"):
                return True
    return False


def writes_are_there(answers: list[Answer], book: Workbook) -> Iterator[str]:
    """A confirmed write made that version of its scope, and nobody else was told the same."""
    made = {(deed.data["scope"], deed.detail["version"]): deed for deed in book.deeds if _is_write(deed)}
    seen: dict[tuple[str, int], Answer] = {}
    for answer in _said(answers, "state-set"):
        if not answer.said["confirmed"]:
            continue
        key = (answer.said["scope"], answer.said["version"])
        deed = made.get(key)
        if deed is None or deed.session != answer.session:
            yield f"written, and not in the ledger: version {key[1]} of {key[0]} by {answer.session}"
        if key in seen:
            yield f"one version twice: {key[1]} of {key[0]} by {answer.session} and {seen[key].session}"
        seen[key] = answer


def _is_write(deed: Deed) -> bool:
    return deed.kind == "state" and not deed.reason


def versions_rise(answers: list[Answer], _: Workbook) -> Iterator[str]:
    """A confirmed write that began after the answer to another one has the higher version."""
    done = [answer for answer in _said(answers, "state-set") if answer.said["confirmed"]]
    for one in done:
        for other in done:
            late = one.said["scope"] == other.said["scope"] and other.begun > one.ended
            if late and other.said["version"] <= one.said["version"]:
                yield f"versions fall: {other} has {other.said['version']} after {one.said['version']}"


def _clone(session: str) -> str:
    """The number of a session's clone, which stands in its name behind one letter."""
    return session.partition("-")[0][1:]


def reads_are_true(answers: list[Answer], book: Workbook) -> Iterator[str]:
    """A confirmed value is what the ledger has in that version; and what a session reads never gets older.

    A clone whose refs were set back knows no better until it meets the hub.
    """
    made = {
        (deed.data["scope"], deed.detail["version"], one["key"]): str(one.get("value", ""))
        for deed in book.deeds
        if _is_write(deed)
        for one in deed.data["changes"]
    }
    last: dict[tuple[str, str], int] = {}
    for answer in answers:
        if answer.verb == "set-back":
            last = {one: version for one, version in last.items() if _clone(one[0]) != _clone(answer.session)}
        if answer.verb != "state-get" or answer.status != 0 or not answer.said["confirmed"]:
            continue
        scope, key, written = (answer.said[name] for name in ("scope", "key", "written"))
        if made.get((scope, written, key)) != str(answer.said["value"]):
            yield f"read what nobody wrote: {answer.said['value']} in version {written} of {scope}"
        if answer.said["version"] < last.get((answer.session, scope), 0):
            yield f"reads fall: {answer.session} read {scope} at {answer.said['version']} after a later version"
        last[answer.session, scope] = answer.said["version"]
