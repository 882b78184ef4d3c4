"""Read shared state: a value, a scope, the scopes there are, and the versions of one."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain import paging
from gitcoord.domain.command import Argument, option
from gitcoord.domain.paging import LIMIT, OFFSET
from gitcoord.domain.records import Written
from gitcoord.domain.session import record as session
from gitcoord.domain.state import record
from gitcoord.domain.wording import plural
from gitcoord.errors.refusal import NoSuch
from gitcoord.errors.remedy import Remedy, step
from gitcoord.errors.state import NoKey
from gitcoord.errors.usage import NotOneLine
from gitcoord.policy import limits
from gitcoord.policy.ids import SessionId
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


SHOWN = 200
"""Characters of a value in a warning."""
PAST = 50
"""Earlier values whose writers are looked for: a part of each may stand in the value."""
NAMED = 5
"""Keys in a warning."""


@dataclass(frozen=True, slots=True)
class Get:
    """Read a value, or all of a scope."""

    scope: Annotated[str, Argument("SCOPE", "The scope.")]
    key: Annotated[str, Argument("KEY", "The key; all of them where it is missing.")] = ""


@dataclass(frozen=True, slots=True)
class Scopes:
    """List the scopes, all or those whose names match a pattern."""

    pattern: Annotated[str, Argument("PATTERN", "* is any text, ? one character.")] = "*"
    limit: Annotated[int, LIMIT] = 50
    offset: Annotated[int, OFFSET] = 0


@dataclass(frozen=True, slots=True)
class History:
    """List the versions of a scope, the newest first."""

    scope: Annotated[str, Argument("SCOPE", "The scope.")]
    limit: Annotated[int, option("--limit", metavar="N", least=1, help="At most so many; 20 by default.")] = 20
    named: Annotated[bool, option("--named", help="Only versions that have a name.")] = False


@dataclass(frozen=True, slots=True)
class Other:
    """A value of a key that did not see the one that stands, kept until somebody chooses."""

    key: str
    value: Written
    session: str
    time: Moment


@dataclass(frozen=True, slots=True)
class Got:
    """A value or a scope. `version` is the scope's, `written` that in which the value was written, 0 for a scope.

    Of a scope `value` is an object of all its keys. `others` are values to choose from, also of a scope. `sessions` are
    those that wrote it, or an earlier value of which a part may stand in it.
    """

    scope: str
    key: str
    value: Written
    version: int
    written: int
    policy: str
    others: list[Other]
    sessions: list[SessionId]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A scope: how many keys it has, its version and its policy."""

    scope: str
    keys: int
    version: int
    policy: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Scopes by name: `shown` of `total`; `next` is the offset of the next page, None where there is none."""

    scopes: list[Known]
    shown: int
    total: int
    next: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a scope: who made it, and when. `snapshots` are the names that it was given."""

    version: int
    session: str
    name: str
    time: Moment
    snapshots: list[str]


@dataclass(frozen=True, slots=True)
class Past:
    """Versions of a scope, of so many in all; `more`: there are earlier ones."""

    scope: str
    versions: list[Version]
    total: int
    more: bool


def known(state: State, scope: str) -> record.Scope:
    """Return a scope. Raises `NotFound`."""
    found = record.read_scope(state, scope) if record.is_name(scope) else None
    if found is None:
        raise NoSuch("scope", printable(scope))
    return found


def is_confirmed(workspace: Workspace, scope: str, write: str) -> bool:
    """Say whether the hub has the last write to a scope."""
    agreed = workspace.agreement.confirmed()
    if agreed is None:
        return True
    there = record.read_scope(agreed, scope)
    return there is not None and there.write == write


def get(call: Call, request: Get) -> Got:
    """Read a value, or all of a scope. Raises `NotFound`."""
    call.look()
    call.reader()
    state = call.state
    scope = known(state, request.scope)
    if request.key:
        value = record.read(state, request.scope, request.key) if record.is_name(request.key) else None
        if value is None:
            raise NoKey(printable(request.scope), printable(request.key))
        found = [(request.key, value)]
        text, written = value.text, value.version
    else:
        found = sorted(record.values(state, request.scope))
        text = "{" + ", ".join(f"{_quoted(key)}: {value.text}" for key, value in found) + "}"
        written = 0
    others = [
        Other(key, Written(item.text), item.by, Moment(item.time)) for key, value in found for item in value.others
    ]
    call.warnings += list(_beside(state, request, others))
    confirmed = is_confirmed(call.workspace, request.scope, scope.write)
    wrote = _writers(state, request.scope, found)
    return Got(
        request.scope, request.key, Written(text), scope.version, written, scope.policy, others, wrote, confirmed
    )


def _writers(state: State, scope: str, found: list[tuple[str, record.Value]]) -> list[SessionId]:
    """Return who wrote these values, and what they were before."""
    writers = {value.by for _, value in found}
    left = PAST
    for key, value in found:
        earlier: record.Value | None = value
        while left and earlier is not None and earlier.version > 1:
            left -= 1
            earlier = record.read_at(state, scope, earlier.version - 1, key)
            writers |= {earlier.by} if earlier is not None else set()
    return sorted(writers)


def _beside(state: State, request: Get, others: list[Other]) -> Iterator[str]:
    """Say which values there are to choose from: of a key each; of a whole scope in one line which keys have some."""
    keys = list(dict.fromkeys(other.key for other in others))
    if request.key:
        choose = step("state set", request.scope, request.key, "JSON")
        for other in others:
            who, value = session.called(state, SessionId(other.session)), printable(other.value)
            shown = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
            yield Remedy("choose with {}" + f": {printable(who)} wrote another value: {shown}", choose)
    elif keys:
        named = ", ".join(map(printable, keys[:NAMED])) + (", …" if len(keys) > NAMED else "")
        see = step("state get", request.scope, keys[0])
        yield Remedy("see with {}" + f" between which values to choose: {plural(len(keys), 'key')}: {named}", see)


def _quoted(key: str) -> str:
    import json

    return json.dumps(key, ensure_ascii=False)


def scopes(call: Call, request: Scopes) -> Listed:
    """List the scopes whose names match."""
    call.look()
    call.reader()
    state = call.state
    names = [name for name in record.scopes(state) if fnmatch.fnmatchcase(name, request.pattern)]
    found = []
    for name in names[request.offset : request.offset + request.limit]:
        scope = known(state, name)
        keys = sum(1 for _ in state.walk(record.keys_directory(name)))
        found.append(Known(name, keys, scope.version, scope.policy))
    return Listed(found, len(found), len(names), paging.following(request.offset, len(found), len(names)))


def history(call: Call, request: History) -> Past:
    """List the versions of a scope, the newest first. Raises `NotFound`."""
    call.look()
    call.reader()
    state = call.state
    last = known(state, request.scope).version
    names: dict[int, list[str]] = {}
    for name, given in record.snapshots(state, request.scope).items():
        names.setdefault(given.version, []).append(name)
    numbers = sorted(names, reverse=True) if request.named else range(last, 0, -1)
    found = []
    for number in numbers[: request.limit]:
        made = record.version(state, request.scope, number)
        if made is not None:
            who = session.called(state, made.by)
            found.append(Version(number, made.by, who, Moment(made.time), names.get(number, [])))
    return Past(request.scope, found, len(numbers), len(numbers) > request.limit)


def got_lines(_: Call, answer: Got) -> Iterator[str]:
    """Show the value alone: programs read it."""
    yield printable(answer.value)


def scope_lines(_: Call, answer: Listed) -> Iterator[str]:
    """Show a line each."""
    for item in answer.scopes:
        policy = f", {item.policy}" if item.policy != "refuse" else ""
        yield f"{printable(item.scope)}  {plural(item.keys, 'key')}, version {item.version}{policy}"
    yield from paging.more(answer)


def history_lines(_: Call, answer: Past) -> Iterator[str]:
    """Show a line each."""
    for item in answer.versions:
        names = f"  ({', '.join(map(printable, item.snapshots))})" if item.snapshots else ""
        yield f"{item.version}  {item.time.clock()}  {printable(item.name)}{names}"
    if answer.more:
        yield f"{len(answer.versions)} of {answer.total}: for more raise --limit"


def check_name(what: str, text: str) -> None:
    """Raise `Usage` for what cannot be called so."""
    if not record.is_name(text):
        raise NotOneLine(f"a {what}", limits.NAME_BYTES, "bytes")
