"""What the state holds of decisions.

    decisions/all/<first 2 digits>/<id>                  a decision, with what superseded it
    decisions/standing/<hundreds>/<number>-<id>          those that stand: empty

`number` is that of the operation, so names sort by age; `hundreds` is the number without its last two digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import fields
from gitcoord.errors import Malformed
from gitcoord.policy.ids import NOBODY, EventId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

ALL, STANDING = "decisions/all", "decisions/standing"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. `time` is in seconds, `number` that of the operation; `by_name` is what the session was called then.

    `supersedes` is the decision that it replaced, '' for none; `after` the one that replaced it, `after_by` whose that
    is and `until` when it came, 0 while this one stands.
    """

    id: str
    number: int
    text: str
    why: str
    by: SessionId
    by_name: str
    time: int
    supersedes: str = ""
    until: int = 0
    after: str = ""
    after_by: SessionId = NOBODY


def wanted_in(data: dict[str, Any]) -> tuple[str, str]:
    """Return what a payload decides, and the decision that it replaces, '' for none. Raises `Malformed`."""
    text, before = fields.text(data, "text"), fields.text(data, "supersedes", "")
    if not text.strip() or any(char < " " for char in text):
        raise Malformed("a decision is one line")
    if before and not EventId.fits(before):
        raise Malformed("what it supersedes is not an id")
    return text, before


def _path(name: str) -> str:
    return f"{ALL}/{name[:2]}/{name}"


def _entry(decision: Decision) -> str:
    own = f"{decision.number:012d}-{decision.id}"
    return f"{STANDING}/{own[:10]}/{own}"


def read(state: State, name: str) -> Decision | None:
    """Return the decision of this id, None where there is none."""
    record = state.json(_path(name)) if EventId.fits(name) else None
    return None if record is None else Decision(**{**record, "id": name})


def _write(state: State, decision: Decision) -> None:
    record = {name: getattr(decision, name) for name in Decision.__slots__ if name != "id"}
    state.write_json(_path(decision.id), {key: value for key, value in record.items() if value})


def put(state: State, decision: Decision) -> None:
    """Let a decision stand."""
    _write(state, decision)
    state.write(_entry(decision), b"")


def supersede(state: State, decision: Decision, operation: Operation) -> None:
    """Let a decision be replaced by that of an operation."""
    state.remove(_entry(decision))
    until = replace(decision, until=operation.time, after=operation.event.id, after_by=operation.session)
    _write(state, until)


def newest(state: State) -> Iterator[Decision]:
    """Return the decisions that stand, the newest first; read as far as the caller goes."""
    for fan in reversed(state.names(STANDING)):
        for entry in reversed(state.names(f"{STANDING}/{fan}")):
            found = read(state, entry.rpartition("-")[2])
            if found is not None:
                yield found


def every(state: State) -> Iterator[Decision]:
    """Return all decisions, those that were superseded too, in no meaningful order."""
    for path in state.walk(ALL):
        found = read(state, path.rpartition("/")[2])
        if found is not None:
            yield found


def beginning(state: State, text: str) -> list[str]:
    """Return the ids of the decisions that begin so; at least two digits are needed."""
    return [name for name in state.names(f"{ALL}/{text[:2]}") if name.startswith(text)]
