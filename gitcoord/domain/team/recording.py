"""Record what is done with teams; what would be refused, by what is known here, is not recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import trial
from gitcoord.domain.role import limits
from gitcoord.domain.team import record
from gitcoord.errors.refusal import Given, NoSuch, NotRecorded, TooMany
from gitcoord.policy import limits as limits_of
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.call import Call
    from gitcoord.domain.team.record import Team
    from gitcoord.errors import Refused
    from gitcoord.ledger.event import Draft
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State


def find(state: State, name: str) -> Team:
    """Return a team. Raises `NotFound`."""
    found = record.read(state, name)
    if found is None:
        raise NoSuch("team", printable(name))
    return found


def record_one(call: Call, make: Callable[[State], Draft]) -> Done:
    """Record an operation unless it would be refused. Raises its refusal."""
    done = trial.record_one(call.workspace, call.me().id, make, refusal)
    call.hurry()
    return done


def refusal(state: State, verdict: Verdict) -> Refused:
    """Return the error that says why an operation on a team was refused."""
    detail = verdict.detail
    name = printable(str(detail.get("team", "")))
    if verdict.reason == "forbidden":
        return limits.refusal(state, detail)
    if verdict.reason == "exists":
        return Given("team", name)
    if verdict.reason == "not_found" and "session" in detail:
        return NoSuch("live session", printable(str(detail["session"])))
    if verdict.reason == "not_found":
        return NoSuch("team", name)
    if verdict.reason == "quota":
        return TooMany(limits_of.TEAMS, "teams, or members of this one", example="team end NAME")
    return NotRecorded("the team did not change", verdict.reason)
