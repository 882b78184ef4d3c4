"""The queue of those who wait for a scope: the clients' affair, visible to all (docs/concepts.md, "Waiting").

A ticket is a file in the coord directory, made under the writer lock; its name sorts by arrival. It counts while the
process that waits lives, so an abandoned one stalls nobody. Fair within a clone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout
from gitcoord.domain.claim import record as claim
from gitcoord.domain.records import Conflict, Holding
from gitcoord.domain.session import record as session
from gitcoord.kernel import atomic, coordfile, mark, process
from gitcoord.policy.ids import SessionId
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import Scope, overlap, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Ticket:
    """One wait. `name` is the file's and sorts by arrival; `since` and `until` are seconds."""

    name: str
    session: SessionId
    scopes: tuple[Scope, ...]
    shared: bool
    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a claim stands in line: before the tickets of later names, behind all of them where it has none ('')."""

    session: SessionId
    scopes: tuple[Scope, ...]
    shared: bool
    ticket: str = ""


def _directory(workspace: Workspace) -> Path:
    return workspace.place.coord_dir / coordfile.WAITING


def queue_up(
    workspace: Workspace, session_id: SessionId, scopes: tuple[Scope, ...], *, shared: bool, until: int
) -> Ticket:
    """Take a ticket. The caller holds the writer lock, so that tickets are in the order of the ledger."""
    directory = _directory(workspace)
    directory.mkdir(exist_ok=True)
    last = max((int(path.name.partition("-")[0]) for path in directory.iterdir() if _is_ticket(path)), default=0)
    mine = process.read(workspace.caller.pid)
    me = process.mark(mine) if mine is not None else process.Mark(workspace.caller.pid, "", "", "")
    ticket = Ticket(f"{last + 1:012d}-{session_id}", session_id, scopes, shared, workspace.clock.now(), until)
    atomic.put(
        directory / ticket.name,
        json.dumps(
            {
                "session": session_id,
                "scopes": [scope.to_json() for scope in scopes],
                "shared": shared,
                "since": ticket.since,
                "until": until,
                "process": [me.pid, me.start, me.boot, me.namespace],
            }
        ),
    )
    return ticket


def leave(workspace: Workspace, ticket: Ticket) -> None:
    """Give the ticket back."""
    (_directory(workspace) / ticket.name).unlink(missing_ok=True)


def _is_ticket(path: Path) -> bool:
    return path.name.partition("-")[0].isdigit()


def tickets(workspace: Workspace) -> list[Ticket]:
    """All waits whose process lives and whose time is not over, in the order of arrival."""
    try:
        paths = sorted(path for path in _directory(workspace).iterdir() if _is_ticket(path))
    except FileNotFoundError:
        return []
    now = workspace.clock.now()
    found = []
    for path in paths:
        ticket = _read(path)
        if ticket is not None and ticket.until >= now:
            found.append(ticket)
        else:
            path.unlink(missing_ok=True)
    return found


def _read(path: Path) -> Ticket | None:
    """Return the ticket in a file; None where its process is dead, or the file is damaged or gone."""
    record = mark.record(path)
    try:
        scopes = tuple(Scope.from_json(item) for item in record["scopes"])
        pid, start, boot, namespace = record["process"]
        ticket = Ticket(
            path.name,
            SessionId(record["session"]),
            scopes,
            bool(record["shared"]),
            int(record["since"]),
            int(record["until"]),
        )
        alive = process.state_of(process.Mark(int(pid), str(start), str(boot), str(namespace))) != "dead"
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return ticket if alive else None


def _first_in_line(workspace: Workspace, state: State, place: Place) -> Iterator[tuple[Scope, Ticket]]:
    """Earlier waits that a claim must let go first, each with the scope in question.

    Who holds a scope that an earlier waiter wants passes that waiter, or both would stand still for ever.
    """
    waits = [ticket for ticket in tickets(workspace) if not place.ticket or ticket.name < place.ticket]
    if not waits:
        return
    me = session.read(state, place.session)
    mine = [scope for item in claim.of(state, place.session) for scope in item.scopes]
    for ticket in waits:
        other = session.read(state, ticket.session)
        if other is None or me is None or other.related(me.id) or me.related(other.id):
            continue
        if (place.shared and ticket.shared) or any(overlap(one, held) for one in ticket.scopes for held in mine):
            continue
        for scope in place.scopes:
            if any(overlap(scope, one) for one in ticket.scopes):
                yield scope, ticket
                break


def ahead(workspace: Workspace, state: State, place: Place) -> list[Conflict]:
    """Who is to be let go first, as conflicts for the answer; their status is 'waiting'."""
    found = []
    for scope, ticket in _first_in_line(workspace, state, place):
        other = session.read(state, ticket.session)
        if other is not None:
            first = next(one for one in ticket.scopes if overlap(one, scope))
            held = Holding(
                scope=checkout.shown(workspace, first),
                kind=first.kind,
                session=other.id,
                name=other.name,
                called=session.label(other, session.twins(state)),
                user=other.user,
                host=other.host,
                branch=other.branch,
                worktree=other.worktree,
                work=other.work,
                status="waiting",
                since=Moment(ticket.since),
                held_until=Moment(ticket.until),
                token=None,
                shared=ticket.shared,
                confirmed=workspace.agreement.status == "none",
            )
            found.append(Conflict(checkout.shown(workspace, scope), held))
    return found


def _waits_for(workspace: Workspace, state: State, ticket: Ticket) -> set[str]:
    """The sessions that a wait depends on: holders in its way, and waiters before it."""
    obstacles = claim.in_the_way(state, ticket.session, ticket.scopes, shared=ticket.shared)
    holders = {standing.session for _, standing in obstacles}
    place = Place(ticket.session, ticket.scopes, ticket.shared, ticket.name)
    line = _first_in_line(workspace, state, place)
    return holders | {other.session for _, other in line}


def refuse_circle(workspace: Workspace, state: State, mine: Ticket) -> None:
    """Raise `Deadlock` when this wait is the youngest of a circle of waits, naming the circle."""
    waits = [ticket for ticket in tickets(workspace) if ticket.name <= mine.name]
    by_session: dict[str, list[Ticket]] = {}
    for ticket in waits:
        by_session.setdefault(ticket.session, []).append(ticket)
    edges = {ticket.name: _waits_for(workspace, state, ticket) for ticket in waits}

    def follow(at: str, path: list[Ticket]) -> list[Ticket] | None:
        for ticket in by_session.get(at, ()):
            if ticket in path:
                continue
            for other in sorted(edges[ticket.name]):
                if other == mine.session:
                    return [*path, ticket]
                circle = follow(other, [*path, ticket])
                if circle is not None:
                    return circle
        return None

    for first in sorted(edges.get(mine.name, ())):
        circle = follow(first, [mine])
        if circle is not None:
            raise errors.claim.NeverEnds((_name(state, ticket.session), text_of(ticket.scopes)) for ticket in circle)


def _name(state: State, session_id: SessionId) -> str:
    found = session.read(state, session_id)
    return printable(session.label(found, session.twins(state))) if found is not None else session_id
