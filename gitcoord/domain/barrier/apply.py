"""What the operations on a barrier do to the state. Pure.

The last one that is needed completes it: in the same operation the task that puts the work together is ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain import fields
from gitcoord.domain.barrier import record
from gitcoord.domain.barrier.record import Arrival, Barrier
from gitcoord.domain.release_point import record as release_point
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record as tasks
from gitcoord.domain.task.apply import life
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId, SessionId

if TYPE_CHECKING:
    from gitcoord.ledger.state import State

TYPE = "integrate"
"""The type of the task that puts the work together."""


def apply_barrier(state: State, operation: Operation) -> Verdict:
    """Make a barrier. Of one name one is open at a time."""
    wanted, me = record.wanted_in(operation.data), session.acting(state, operation.session)
    if not EventId.fits(operation.event.id) or record.read(state, operation.event.id) is not None:
        raise Malformed("the id belongs to a barrier, or is none")
    absent = [
        need for need in wanted.needs if "session" in need and session.read(state, SessionId(need["session"])) is None
    ]
    if absent:
        return Verdict("not_found", {"session": absent[0]["session"]})
    if wanted.until is not None and wanted.until <= operation.time:
        return Verdict("late")
    before = record.called(state, wanted.name)
    if before is not None and before.status == "open":
        if not record.is_late(before, operation.time):
            return Verdict("exists", {"barrier": before.id})
        _expire(state, before)
    if record.count(state) >= limits.BARRIERS:
        return Verdict("quota")
    made = (operation.event.id, operation.number, wanted.name, me.id, me.name, operation.time, wanted.needs)
    record.put(state, Barrier(*made, then=wanted.then, until=wanted.until))
    return Verdict()


def _expire(state: State, barrier: Barrier) -> None:
    record.put(state, replace(barrier, status="expired", closed=barrier.until or 0))


def _open(state: State, operation: Operation) -> tuple[Barrier | None, Verdict]:
    """The open barrier that an operation names; None with the reason where it is not open."""
    name = record.id_in(operation.data)
    barrier = record.read(state, name)
    if barrier is None:
        return None, Verdict("not_found", {"barrier": name})
    if barrier.status != "open":
        return None, Verdict("ended", {"barrier": name, "status": barrier.status})
    if record.is_late(barrier, operation.time):
        return None, Verdict("late", {"barrier": name})
    return barrier, Verdict()


def apply_arrive(state: State, operation: Operation) -> Verdict:
    """Let a session arrive. One that has arrived before only says anew where it stands."""
    here, me = release_point.place_in(operation.data), session.acting(state, operation.session)
    order = fields.texts(operation.data, "order")
    barrier, refused = _open(state, operation)
    if barrier is None:
        return refused
    before = next((arrival for arrival in barrier.arrivals if arrival.session == me.id), None)
    need = before.need if before is not None else record.need_for(state, barrier, me)
    if need is None:
        return Verdict("forbidden", {"barrier": barrier.id})
    arrival = Arrival(need, me.id, me.name, operation.time, here.branch, here.head)
    others = tuple(item for item in barrier.arrivals if item.session != me.id)
    arrived = replace(barrier, arrivals=(*others, arrival))
    left = len(arrived.missing)
    if not left:
        arrived = record.close(arrived, "complete", operation, _integration(state, operation, arrived, order))
    record.put(state, arrived)
    return Verdict(detail={"left": left, **({"since": before.time} if before is not None else {})})


def _integration(state: State, operation: Operation, barrier: Barrier, order: list[str]) -> str:
    """Add the task that puts the work together, which names the branches; returns its id, '' where none is wanted."""
    if not barrier.then:
        return ""
    name = operation.event.id
    if tasks.read(state, name) is not None:
        raise Malformed("the id belongs to a task")
    task = tasks.Task(name, operation.number, barrier.then, barrier.by, operation.time, type=TYPE)
    life.add(state, operation, task)
    tasks.put_text(state, name, "body", _branches(barrier, order))
    return name


def _branches(barrier: Barrier, order: list[str]) -> str:
    """Name the branches in the order that the last one to arrive found good (ids), others behind them."""
    how = (
        "an order that merges with few conflicts (greedy, not proved to be the best)"
        if order
        else "the order of arrival"
    )
    lines = [f"All have arrived at {barrier.name}. Their branches, in {how}:"]
    place = {name: number for number, name in enumerate(order)}
    for item in sorted(barrier.arrivals, key=lambda one: place.get(one.session, len(place))):
        head = f" at {item.head[:12]}" if item.head else ""
        lines.append(f"- {item.branch or 'no branch'}{head}, of {item.name} ({item.session})")
    return "\n".join(lines)


def apply_cancel(state: State, operation: Operation) -> Verdict:
    """End a barrier before all have arrived; one whose time is over has expired, and no longer stands."""
    found = record.read(state, record.id_in(operation.data))
    if found is not None and found.status == "open" and record.is_late(found, operation.time):
        _expire(state, found)
        return Verdict()
    barrier, refused = _open(state, operation)
    if barrier is None:
        return refused
    record.put(state, record.close(barrier, "cancelled", operation))
    return Verdict()
