"""Name a version of a scope, and bring one back: a new version, and nothing is erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.command import Argument, option
from gitcoord.domain.state import record
from gitcoord.domain.state.acknowledging import ACK_BY, WAIT
from gitcoord.domain.state.reading import check_name, known
from gitcoord.domain.state.writing import EXPECTED, SCOPE, Done, record_whole, settle
from gitcoord.domain.wording import provisional
from gitcoord.errors.remedy import Remedy, step
from gitcoord.errors.state import NoVersion
from gitcoord.errors.usage import NotOneLine
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.domain.state.record import Written
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Give a version of a scope a name, under which it can be brought back. A name stands for one version for ever."""

    scope: Annotated[str, SCOPE]
    name: Annotated[str, Argument("NAME", "The name; not a number.")]
    version: Annotated[
        int | None, option("--version", metavar="N", least=1, help="An earlier version; the present one by default.")
    ] = None
    why: Annotated[str, option("-m", "--message", metavar="WHY", help="Why.")] = ""


@dataclass(frozen=True, slots=True)
class Rollback:
    """Let a scope be as it was in an earlier version: a new version, and nothing is erased."""

    scope: Annotated[str, SCOPE]
    to: Annotated[str, option("--to", metavar="N|NAME", help="The version, or the name of a snapshot.")]
    if_version: Annotated[int | None, EXPECTED] = None
    why: Annotated[str, option("-m", "--message", metavar="WHY", help="Why.")] = ""
    ack_by: Annotated[list[str], ACK_BY] = field(default_factory=list)
    wait: Annotated[str, WAIT] = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A snapshot: its name, and the version that it stands for."""

    scope: str
    name: str
    version: int
    confirmed: bool


def snapshot(call: Call, request: Snapshot) -> Named:
    """Give a version a name. Raises `Usage`, `NotFound`, and `Exists` where the name stands for another version."""
    scope, name = request.scope, request.name
    check_name("scope", scope)
    if not record.is_snapshot(name):
        raise NotOneLine("the name of a snapshot", limits.NAME_BYTES, "bytes", "it is not a number")

    def make(state: State) -> Draft:
        made = _version(state, scope, request.version or known(state, scope).version)
        data = {"scope": scope, "name": name, "version": made.version, "write": made.write}
        subject = f"name version {made.version} of {printable(scope)}: {printable(name)}"
        return Draft("state-snapshot", subject, data, request.why)

    done = settle(call, scope, make)
    return Named(scope, name, done.version, done.confirmed)


def rollback(call: Call, request: Rollback) -> Done:
    """Bring back an earlier version. Raises `NotFound` and `Stale`."""
    scope = request.scope
    check_name("scope", scope)

    def make(state: State) -> Draft:
        made = _version(state, scope, _number(state, scope, request.to))
        data: dict[str, Any] = {"scope": scope, "version": made.version, "write": made.write}
        data |= record_whole(state, scope, request.if_version)
        subject = f"bring {printable(scope)} back to version {made.version}"
        return Draft("state-rollback", subject, data, request.why)

    return settle(call, scope, make, request)


def _number(state: State, scope: str, text: str) -> int:
    """Return the version that a number or the name of a snapshot means. Raises `NotFound`."""
    known(state, scope)
    if text.isascii() and text.isdigit():
        return int(text[:20])
    number = record.snapshot(state, scope, text) if record.is_snapshot(text) else None
    if number is None:
        raise NoVersion(printable(scope), printable(text), named=True)
    return number


def _version(state: State, scope: str, number: int) -> Written:
    """Return who made a version. Raises `NotFound`."""
    known(state, scope)
    made = record.version(state, scope, number)
    if made is None:
        raise NoVersion(printable(scope), number)
    return made


def _history(scope: str, more: str = "") -> str:
    return Remedy("see: {}", step("state history", scope) + more)


def lines(_: Call, answer: Named) -> Iterator[str]:
    """Say which version it is."""
    of = f"version {answer.version} of {printable(answer.scope)}"
    yield f"{printable(answer.name)} is {of}{provisional(confirmed=answer.confirmed)}"


def quiet(_: Call, answer: Named) -> Iterator[str]:
    """Say the version alone."""
    yield str(answer.version)
