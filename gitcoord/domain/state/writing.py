"""Write shared state: one value or several as one, under an expected version or over whatever is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain.command import Argument, option
from gitcoord.domain.state import acknowledging, record
from gitcoord.domain.state.acknowledging import (
    ACK_BY,
    WAIT,
    Answer,
)
from gitcoord.domain.state.apply import operations
from gitcoord.domain.state.apply import value as values
from gitcoord.domain.state.reading import check_name, known
from gitcoord.domain.wording import provisional
from gitcoord.errors import Malformed
from gitcoord.errors.refusal import NoSuch, NotRecorded
from gitcoord.errors.state import (
    EXAMPLE,
    BadChanges,
    NoKey,
    NoPlace,
    NotAcknowledged,
    NotAValue,
    NotYetWritten,
    SnapshotStands,
    ValueTooLarge,
    WrittenSince,
)
from gitcoord.errors.usage import NotOneOf
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.state.acknowledging import Asking
    from gitcoord.errors import NotFound, Refused, Stale
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.state import State

EXPECTED = option("--if-version", metavar="N", least=0, help="Only if nobody wrote it since this version.")
SCOPE = Argument("SCOPE", "The scope.")


@dataclass(frozen=True, slots=True)
class Set:
    """Write a value: over whatever is there, or with --if-version only over what was seen."""

    scope: Annotated[str, SCOPE]
    key: Annotated[str, Argument("KEY", "The key.")]
    value: Annotated[str, Argument("JSON", "The value; its numbers stay as they are written.")]
    if_version: Annotated[int | None, EXPECTED] = None
    ack_by: Annotated[list[str], ACK_BY] = field(default_factory=list)
    wait: Annotated[str, WAIT] = ""


@dataclass(frozen=True, slots=True)
class Append:
    """Append a value to the list under a key; a key that is not there becomes a list."""

    scope: Annotated[str, SCOPE]
    key: Annotated[str, Argument("KEY", "The key.")]
    value: Annotated[str, Argument("JSON", "The value.")]
    if_version: Annotated[int | None, EXPECTED] = None
    ack_by: Annotated[list[str], ACK_BY] = field(default_factory=list)
    wait: Annotated[str, WAIT] = ""


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a key, or all keys of a scope. Its earlier versions stay."""

    scope: Annotated[str, SCOPE]
    key: Annotated[str, Argument("KEY", "The key; all of them where it is missing.")] = ""
    if_version: Annotated[int | None, EXPECTED] = None
    ack_by: Annotated[list[str], ACK_BY] = field(default_factory=list)
    wait: Annotated[str, WAIT] = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """Make several changes as one, or none of them.

    They are a JSON list of {"op", "key", "path", "value"}: `op` is set, append or remove, `path` a JSON Pointer into
    the value.
    """

    scope: Annotated[str, SCOPE]
    file: Annotated[
        str,
        option("-F", "--file", metavar="FILE", help=f"The changes, such as {EXAMPLE}; standard input without it."),
    ] = "-"
    if_version: Annotated[
        int | None,
        option("--if-version", metavar="N", least=0, help="Only if nobody wrote to the scope since this version."),
    ] = None
    policy: Annotated[
        str,
        option("--policy", metavar="P", help="What becomes of stale writes: refuse, last-writer or manual."),
    ] = ""
    ack_by: Annotated[list[str], ACK_BY] = field(default_factory=list)
    wait: Annotated[str, WAIT] = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A write: the version that it made. It may become another one while it is not `confirmed`.

    `answers` are those of the sessions that were to acknowledge it.
    """

    scope: str
    version: int
    confirmed: bool
    answers: list[Answer] = field(default_factory=list)


def put(call: Call, request: Set) -> Done:
    """Write a value. Raises `Usage` and `Stale`."""
    return _one(call, request, "set", request.value)


def append(call: Call, request: Append) -> Done:
    """Append to a list. Raises `Usage`, `Stale`, and `NotFound` where no list is."""
    return _one(call, request, "append", request.value)


def remove(call: Call, request: Remove) -> Done:
    """Remove a key, or all of a scope. Raises `NotFound` and `Stale`."""
    if request.key:
        return _one(call, request, "remove", None)
    check_name("scope", request.scope)

    def make(state: State) -> dict[str, Any]:
        known(state, request.scope)
        return {"clear": True, **record_whole(state, request.scope, request.if_version)}

    return _record(call, request, f"remove all of {request.scope}", make)


def patch(call: Call, request: Patch) -> Done:
    """Make several changes as one. Raises `Usage`, `Stale`, and `NotFound` where a place is not there."""
    check_name("scope", request.scope)
    if request.policy and request.policy not in record.POLICIES:
        raise NotOneOf(request.policy, "a policy", record.POLICIES)
    changes = [] if request.policy and request.file == "-" else _changes(call, request.file)

    def make(state: State) -> dict[str, Any]:
        data = _several(state, request.scope, changes, request.if_version)
        return data | ({"policy": request.policy} if request.policy else {})

    return _record(call, request, f"change {request.scope}: {len(changes)} changes", make)


def _changes(call: Call, file: str) -> list[dict[str, Any]]:
    try:
        found = values.parse(call.read(file, limits.EVENT_BYTES))
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise Malformed("they are not a list of objects")
        changes = [item | ({"value": values.write(item["value"])} if "value" in item else {}) for item in found]
        operations.changes_in({"changes": changes})
    except Malformed as error:
        raise BadChanges(error) from error
    return changes


def _one(call: Call, request: Set | Append | Remove, op: str, text: str | None) -> Done:
    scope, key, expected = request.scope, request.key, request.if_version
    check_name("scope", scope)
    check_name("key", key)
    change: dict[str, Any] = {"op": op, "key": key}
    if text is not None:
        try:
            change["value"] = values.write(values.parse(text))
        except Malformed as error:
            raise NotAValue(printable(text)[:50], error) from error

    def make(state: State) -> dict[str, Any]:
        saw = {} if expected is None else {"saw": _seen(state, scope, key, expected)}
        return {"changes": [change | saw]}

    return _record(call, request, f"{op} {key} in {scope}", make)


def _seen(state: State, scope: str, key: str, expected: int) -> str:
    """Return the id of the write of a key that stood in a version. Raises `Stale` where the scope refuses that now."""
    here = record.read_scope(state, scope) or record.Scope()
    _check_is_written(scope, here, expected)
    now, then = record.read(state, scope, key), record.read_at(state, scope, expected, key)
    if (now and now.last) == (then and then.last):
        return now.last if now is not None else here.removed
    if here.policy == "refuse":
        raise _stale(scope, here.version)
    return then.last if then is not None else ""


def record_whole(state: State, scope: str, expected: int | None) -> dict[str, Any]:
    """Return what a write says to have seen of a whole scope. Raises `Stale`."""
    if expected is None:
        return {}
    here = record.read_scope(state, scope) or record.Scope()
    if expected == here.version:
        return {"saw": here.write}
    _check_is_written(scope, here, expected)
    if here.policy != "last-writer":
        raise _stale(scope, here.version)
    return {}


def _several(state: State, scope: str, changes: list[dict[str, Any]], expected: int | None) -> dict[str, Any]:
    """Return changes and what they say to have seen. Raises `Stale`.

    Where a scope keeps both values each change names what it saw: so what did not see the last write is kept beside it.
    """
    here = record.read_scope(state, scope) or record.Scope()
    if expected is None or here.policy != "manual":
        return {"changes": changes, **record_whole(state, scope, expected)}
    _check_is_written(scope, here, expected)
    then = record.version(state, scope, expected)
    saw = [change | {"saw": _seen(state, scope, change["key"], expected)} for change in changes]
    return {"changes": saw, "saw": then.write if then is not None else ""}


def _check_is_written(scope: str, here: record.Scope, expected: int) -> None:
    if expected > here.version:
        raise NotYetWritten(printable(scope), expected, here.version)


def _stale(scope: str, version: int) -> Stale:
    return WrittenSince(printable(scope), version)


def _record(
    call: Call, request: Set | Append | Remove | Patch, subject: str, make: Callable[[State], dict[str, Any]]
) -> Done:
    scope = request.scope
    return settle(
        call, scope, lambda state: Draft("state", printable(subject), {"scope": scope, **make(state)}), request
    )


def settle(call: Call, scope: str, make: Callable[[State], Draft], asked: Asking | None = None) -> Done:
    """Record an operation, and wait for the acknowledgements that are wanted.

    Raises the error of its verdict, and `Unanswered` where not all acknowledged: what was written stays.
    """
    me = call.me()
    waiting = acknowledging.Round(call, asked, me) if asked is not None and (asked.ack_by or asked.wait) else None
    name = call.workspace.ids.hexadecimal(EventId.DIGITS)

    def decide(state: State) -> list[Draft]:
        draft = replace(make(state), id=name)
        return [draft, *(waiting.drafts(state, draft) if waiting is not None else ())]

    done = call.workspace.transact(me.id, decide)
    made = done.outcomes[0]
    if waiting is not None:
        waiting.announce(done)
    if made.verdict is None or not made.verdict.accepted:
        raise _refused(done.state, scope, made.verdict)
    answer = Done(scope, made.verdict.detail["version"], made.confirmed, waiting.wait() if waiting is not None else [])
    if names := acknowledging.missing(answer.answers):
        raise NotAcknowledged(printable(scope), answer.version, names, answer=answer)
    return answer


def _refused(state: State, scope: str, verdict: Verdict | None) -> Refused:
    reason = verdict.reason if verdict is not None else "no verdict"
    detail = verdict.detail if verdict is not None else {}
    if reason == "stale":
        return _stale(scope, detail.get("version", 0))
    if reason == "exists":
        return SnapshotStands(printable(scope), detail.get("version"))
    if reason == "not_found":
        return _nowhere(state, scope, str(detail.get("key", "")))
    if reason == "quota":
        return ValueTooLarge()
    return NotRecorded("nothing was written", f"{reason} {json.dumps(detail)}")


def _nowhere(state: State, scope: str, key: str) -> NotFound:
    """Return the error for a change of a place that a scope does not have."""
    if record.read_scope(state, scope) is None:
        return NoSuch("scope", printable(scope))
    if not key or record.read(state, scope, key) is None:
        return NoKey(printable(scope), printable(key))
    return NoPlace(printable(scope), printable(key))


def lines(call: Call, answer: Done) -> Iterator[str]:
    """Say which version it made."""
    yield f"{printable(answer.scope)} is at version {answer.version}{provisional(confirmed=answer.confirmed)}"


def quiet(_: Call, answer: Done) -> Iterator[str]:
    """Say the version alone."""
    yield str(answer.version)
