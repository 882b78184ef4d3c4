"""What the state holds of interfaces: those that are offered, by name, and those that others superseded.

exports/standing/+<name>                    the one of this name that counts
exports/past/<first 2 digits>/<id>          what a newer one superseded, or was withdrawn
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import fields
from gitcoord.domain.state.record import component, is_name, name_in
from gitcoord.errors import Malformed
from gitcoord.policy import limits
from gitcoord.policy.ids import NOBODY
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

STANDING, PAST = "exports/standing", "exports/past"


@dataclass(frozen=True, slots=True)
class Export:
    """An interface that a session offers. `time` is in seconds, `number` that of the operation.

    `by` is the session and `by_name` what it was called then; `branch` and `head` are where it stood. `until` is when
    it ceased to count, 0 while it does; `after` is the id of the operation that ended it, `after_by` whose that was.
    """

    id: str
    number: int
    name: str
    scope: Scope
    what: str
    by: SessionId
    by_name: str
    time: int
    branch: str = ""
    head: str = ""
    until: int = 0
    after: str = ""
    after_by: SessionId = NOBODY

    def to_json(self) -> dict[str, Any]:
        """The interface as the state holds it."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {key: value for key, value in found.items() if value} | {"scope": self.scope.to_json()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The payload of an export, decoded. `scope` is None for one that withdraws the interface of this name."""

    name: str
    scope: Scope | None


def wanted_in(data: dict[str, Any]) -> Wanted:
    """Decode the payload of an export. Raises `Malformed`."""
    name = fields.text(data, "name")
    if not is_name(name):
        raise Malformed(f"the name of an interface is one line of 1 to {limits.NAME_BYTES} bytes")
    if fields.flag(data, "withdraw"):
        return Wanted(name, None)
    try:
        scope = Scope.from_json(data.get("scope"))
    except ValueError as error:
        raise Malformed(f"the scope is malformed: {error}") from error
    if not scope.is_path:
        raise Malformed("an interface stands in a file or a directory")
    return Wanted(name, scope)


def reason_in(body: str) -> str:
    """Return the words of an operation: what an interface is for, why something was decided. Raises `Malformed`."""
    if len(body.encode("utf-8", "surrogateescape")) > limits.REASON_BYTES:
        raise Malformed(f"the words have more than {limits.REASON_BYTES} bytes")
    return body.strip()


def read(state: State, name: str) -> Export | None:
    """Return the interface of this name that counts, None where there is none."""
    return _decode(state.json(f"{STANDING}/{component(name)}"))


def _decode(record: dict[str, Any] | None) -> Export | None:
    return None if record is None else Export(**{**record, "scope": Scope.from_json(record["scope"])})


def put(state: State, export: Export) -> None:
    """Let an interface be the one of its name."""
    state.write_json(f"{STANDING}/{component(export.name)}", export.to_json())


def retire(state: State, export: Export, operation: Operation) -> None:
    """Let an interface cease to count."""
    state.remove(f"{STANDING}/{component(export.name)}")
    over = replace(export, until=operation.time, after=operation.event.id, after_by=operation.session)
    state.write_json(f"{PAST}/{export.id[:2]}/{export.id}", over.to_json())


def is_known(state: State, name: str) -> bool:
    """Say whether this is the id of an interface that is over."""
    return state.has(f"{PAST}/{name[:2]}/{name}")


def how_over(state: State, export: Export) -> Literal["superseded", "withdrawn", ""]:
    """Return how an interface ceased to count, '' for one that counts: what superseded it is an interface, too."""
    if not export.until:
        return ""
    now = read(state, export.name)
    newer = is_known(state, export.after) or (now is not None and now.id == export.after)
    return "superseded" if newer else "withdrawn"


def count(state: State) -> int:
    """Return how many interfaces are offered."""
    return len(state.names(STANDING))


def standing(state: State) -> Iterator[Export]:
    """Return the interfaces that count, by name."""
    for part in state.names(STANDING):
        found = read(state, name_in(part))
        if found is not None:
            yield found


def past(state: State) -> Iterator[Export]:
    """Return the interfaces that are over, in no meaningful order."""
    for path in state.walk(PAST):
        found = _decode(state.json(path))
        if found is not None:
            yield found
