"""A barrier as it is shown: the record of the answers, and the lines that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.agreement import same
from gitcoord.domain.barrier import record
from gitcoord.domain.session import record as session
from gitcoord.domain.wording import provisional
from gitcoord.policy.ids import SessionId
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.barrier.record import Barrier, Need
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Arrived:
    """A session that has arrived, and where it stood."""

    session: str
    name: str
    time: Moment
    branch: str
    head: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody who has not arrived: a session, role:R, or anybody. `status` is active, gone or unknown."""

    need: str
    session: str
    status: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A barrier. `status` is open, complete, cancelled or expired; `then` is the title of its task, `task` the id."""

    id: str
    name: str
    status: str
    by: str
    by_name: str
    made: Moment
    until: Moment | None
    then: str
    task: str
    arrivals: list[Arrived]
    missing: list[Missing]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Barriers:
    """The barriers that were asked for; `again`: this session had arrived before."""

    barriers: list[Shown]
    again: bool = False


def shown(workspace: Workspace, state: State, barrier: Barrier) -> Shown:
    """Return a barrier as answers have it."""
    agreed = workspace.agreement.confirmed()
    known = barrier if agreed is None else record.read(agreed, barrier.id)
    late = barrier.status == "open" and record.is_late(barrier, workspace.clock.now())
    return Shown(
        id=barrier.id,
        name=barrier.name,
        status="expired" if late else barrier.status,
        by=barrier.by,
        by_name=barrier.by_name,
        made=Moment(barrier.made),
        until=Moment(barrier.until) if barrier.until is not None else None,
        then=barrier.then,
        task=barrier.task,
        arrivals=[
            Arrived(item.session, item.name, Moment(item.time), item.branch, item.head) for item in barrier.arrivals
        ],
        missing=[_missing(workspace, state, need) for need in barrier.missing],
        confirmed=same(known, barrier),
    )


def _missing(workspace: Workspace, state: State, need: Need) -> Missing:
    if "session" not in need:
        return Missing(f"role:{need['role']}" if need else "anybody", "", "unknown")
    item = session.read(state, SessionId(need["session"]))
    gone = item is None or bool(workspace.gone(item))
    return Missing(need["name"], need["session"], "gone" if gone else "active")


def waited_for(item: Shown) -> str:
    """Name those who have not arrived, and say who of them is gone."""
    names = [printable(one.need) + (" (gone)" if one.status == "gone" else "") for one in item.missing]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def lines(item: Shown) -> Iterator[str]:
    """Tell everything about a barrier, a line each."""
    sure = provisional(confirmed=item.confirmed)
    count = f"{len(item.arrivals)} of {len(item.arrivals) + len(item.missing)} arrived"
    end = f", until {item.until.clock()}" if item.until is not None and item.status == "open" else ""
    yield f"{printable(item.name)}: {item.status}, {count}{end}{sure}"
    for one in item.arrivals:
        where = f" on {printable(one.branch)}" if one.branch else ""
        yield f"  {printable(one.name)} ({one.session}) arrived at {one.time.clock()}{where}"
    if item.missing:
        yield f"  missing: {waited_for(item)}"
    if item.task:
        yield f"  task {item.task[:8]} is ready: {printable(item.then)}"
