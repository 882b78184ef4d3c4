"""The line before a branch: shared claims on `branch:NAME`, served in the order in which the ledger accepted them.

So the line is the same in every clone, and an exclusive claim on the same name closes the branch. A place has a
deadline, which whoever lands moves on: that of a killed landing ends soon. An urgent entry goes before those that are
not, and says so where everybody reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import record as session
from gitcoord.policy import layout
from gitcoord.policy.moment import Moment
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

KIND = "branch"
TTL = 120
"""Seconds until a place ends that nobody renews."""

LAND, URGENT = "land ", "urgent: land "
"""How the reason of a place in line begins."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in line. `place` counts from 1: that one has its turn. `what` says what is to land, and why it is urgent.

    `closed`: it is an exclusive claim, by which nothing lands until it is released.
    """

    session: SessionId
    name: str
    what: str
    since: Moment
    urgent: bool
    place: int
    confirmed: bool
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """The line of a branch; it is not empty."""

    branch: str
    entries: list[Entry]


def scope(branch: str) -> Scope:
    """Return what is claimed to land in a branch."""
    return Scope("name", f"{KIND}:{branch}")


def reason(branch: str, why: str, *, urgent: bool) -> str:
    """Return the reason of a claim that is a place in line."""
    return f"{URGENT if urgent else LAND}{branch}" + (f": {why}" if why else "")


def entries(workspace: Workspace, state: State, branch: str) -> list[Entry]:
    """Return the line of a branch as the hub has it, then those of this clone that the hub does not know yet.

    Sessions that are gone are left out.
    """
    agreed = workspace.agreement.confirmed()
    found: list[tuple[tuple[bool, bool, int], claim.Claim, str]] = []
    for standing in claim.overlapping(state, scope(branch)):
        item = claim.read(state, standing.session, standing.claim)
        holder = session.read(state, standing.session)
        if item is None or holder is None or holding.over(workspace, item, holder):
            continue
        token = claim.agreed_token(agreed, item)
        order = (token is None, not item.why.startswith(URGENT), token if token is not None else item.token)
        found.append((order, item, holder.name))
    found.sort(key=lambda one: one[0])
    return [
        Entry(
            session=item.session,
            name=name,
            what=item.why.removeprefix("urgent: ").removeprefix(LAND),
            since=Moment(item.since),
            urgent=item.why.startswith(URGENT),
            place=number,
            confirmed=not order[0],
            closed=not item.shared,
        )
        for number, (order, item, name) in enumerate(found, 1)
    ]


def every(workspace: Workspace, state: State) -> Iterator[Line]:
    """Return the lines of all branches in which somebody is about to land, or which somebody keeps closed, by name."""
    for entry in state.names(layout.family_of_names(KIND)):
        branch = layout.name_in(entry)
        spelled = next((one.scope.text.partition(":")[2] for one in claim.overlapping(state, scope(branch))), branch)
        found = entries(workspace, state, branch)
        if found:
            yield Line(spelled, found)


def closes(workspace: Workspace, state: State, name: SessionId, branch: str) -> bool:
    """Whether a session (its id) keeps a branch closed itself, by an exclusive claim."""
    return any(entry.closed and entry.session == name for entry in entries(workspace, state, branch))


def holds(state: State, name: SessionId, branch: str) -> bool:
    """Whether a session (its id) has a place in line that is one, not an exclusive claim of somebody."""
    return any(item.shared and scope(branch) in item.scopes for item in claim.of(state, name))
