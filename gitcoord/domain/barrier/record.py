"""What the state holds of barriers.

barriers/all/<first 2 digits>/<id>      a barrier, with those who have arrived
barriers/names/+<name>                  the id of the last barrier of this name
barriers/open/<id>                      those at which somebody is still missing: empty
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, replace
from gitcoord.dataclass import fields as fields_of
from gitcoord.domain import fields
from gitcoord.domain.session import record as session
from gitcoord.domain.state.record import component, is_name
from gitcoord.errors import Malformed
from gitcoord.policy import limits
from gitcoord.policy.ids import NOBODY, EventId, SessionId

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State

ROOT = "barriers"
OPEN = f"{ROOT}/open"

Need = dict[str, str]
"""Who is needed: {"session", "name"}, {"role"}, or {} for anybody."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A session that has arrived, and for which need (its place in the list). `time` is in seconds."""

    need: int
    session: SessionId
    name: str
    time: int
    branch: str
    head: str


@dataclass(frozen=True, slots=True)
class Barrier:
    """A barrier. Times are seconds; `until` is None for one without an end, `closed` 0 while it is open.

    `by` made it and `by_name` is what that session was called. `then` is the title of the task that is ready when all
    have arrived, '' for none, `task` its id. `status` is open, complete, cancelled or expired.
    """

    id: str
    number: int
    name: str
    by: SessionId
    by_name: str
    made: int
    needs: tuple[Need, ...]
    then: str = ""
    until: int | None = None
    arrivals: tuple[Arrival, ...] = ()
    status: str = "open"
    closed: int = 0
    closed_by: SessionId = NOBODY
    task: str = ""

    @property
    def missing(self) -> list[Need]:
        """The needs for which nobody has arrived."""
        met = {arrival.need for arrival in self.arrivals}
        return [need for at, need in enumerate(self.needs) if at not in met]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The payload of a new barrier, decoded."""

    name: str
    needs: tuple[Need, ...]
    then: str
    until: int | None


def wanted_in(data: dict[str, Any]) -> Wanted:
    """Decode the payload of a new barrier. Raises `Malformed`."""
    name, then = fields.text(data, "name"), fields.text(data, "then", "")
    if not is_name(name) or any(char < " " for char in then) or len(then) > limits.TITLE:
        raise Malformed("the name of a barrier, or the title of its task, is not one short line")
    needs: list[Need] = []
    for item in fields.records(data, "needs"):
        needs += _needs_in(item)
    if not 0 < len(needs) <= limits.BARRIER_NEEDS:
        raise Malformed(f"a barrier needs 1 to {limits.BARRIER_NEEDS} sessions")
    named = [need["session"] for need in needs if "session" in need]
    if len(set(named)) < len(named):
        raise Malformed("a barrier needs a session once")
    return Wanted(name, tuple(needs), then, fields.optional_number(data, "until"))


def _needs_in(item: dict[str, Any]) -> list[Need]:
    if set(item) == {"session", "name"}:
        need = {key: fields.text(item, key) for key in ("session", "name")}
        if not session.well_formed(need["session"]):
            raise Malformed("a session id is not well formed")
        return [need]
    if set(item) == {"role"} and fields.text(item, "role"):
        return [{"role": fields.text(item, "role")}]
    if set(item) == {"any"}:
        return [{}] * fields.number(item, "any", most=limits.BARRIER_NEEDS)
    raise Malformed("a need is a session, a role or a number")


def id_in(data: dict[str, Any]) -> str:
    """Return the id of the barrier that an operation is about. Raises `Malformed`."""
    name = fields.text(data, "barrier")
    if not EventId.fits(name):
        raise Malformed("the barrier is not an id")
    return name


def _path(name: str) -> str:
    return f"{ROOT}/all/{name[:2]}/{name}"


def read(state: State, name: str) -> Barrier | None:
    """Return the barrier of this id, None where there is none."""
    record = state.json(_path(name)) if EventId.fits(name) else None
    if record is None:
        return None
    arrivals = tuple(Arrival(**item) for item in record.get("arrivals", ()))
    return Barrier(**{**record, "id": name, "needs": tuple(record["needs"]), "arrivals": arrivals})


def called(state: State, name: str) -> Barrier | None:
    """Return the last barrier of this name, None where there was none."""
    record = state.json(f"{ROOT}/names/{component(name)}") if is_name(name) else None
    return read(state, record["id"]) if record is not None else None


def put(state: State, barrier: Barrier) -> None:
    """Write a barrier, and that it is the last one of its name."""
    record = {item.name: getattr(barrier, item.name) for item in fields_of(Barrier) if item.name != "id"}
    kept = {key: value for key, value in record.items() if value not in ("", 0, None, ())}
    kept["needs"] = list(barrier.needs)
    if barrier.arrivals:
        kept["arrivals"] = [{key: getattr(item, key) for key in Arrival.__slots__} for item in barrier.arrivals]
    state.write_json(_path(barrier.id), kept)
    if barrier.status == "open":
        state.write(f"{OPEN}/{barrier.id}", b"")
        state.write_json(f"{ROOT}/names/{component(barrier.name)}", {"id": barrier.id})
    else:
        state.remove(f"{OPEN}/{barrier.id}")


def standing(state: State) -> list[Barrier]:
    """Return the open barriers, the eldest first; the time of some may be over."""
    found = [barrier for name in state.names(OPEN) if (barrier := read(state, name)) is not None]
    return sorted(found, key=lambda barrier: barrier.number)


def count(state: State) -> int:
    """Return how many barriers are open."""
    return len(state.names(OPEN))


def is_late(barrier: Barrier, now: int) -> bool:
    """Say whether the time of a barrier is over."""
    return barrier.until is not None and barrier.until < now


def need_for(state: State, barrier: Barrier, me: Session) -> int | None:
    """Return the need that a session meets: the one for it, else one for its role, else one for anybody.

    A need for a session that is over is met by its namesake. None where no open need is for it.
    """
    met = {arrival.need for arrival in barrier.arrivals}
    left = [(at, need) for at, need in enumerate(barrier.needs) if at not in met]
    for kind in ("session", "role", ""):
        for at, need in left:
            if kind == "session" and "session" in need and _is_for(state, need, me):
                return at
            if (kind == "role" and need.get("role") == me.role != "") or (not kind and not need):
                return at
    return None


def _is_for(state: State, need: Need, me: Session) -> bool:
    if me.id == need["session"]:
        return True
    return bool(me.name) and me.name == need["name"] and session.read(state, SessionId(need["session"])) is None


def close(barrier: Barrier, status: str, operation: Operation, task: str = "") -> Barrier:
    """Return the barrier as it is when it is over."""
    return replace(barrier, status=status, closed=operation.time, closed_by=operation.session, task=task)
