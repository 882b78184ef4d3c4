"""Take what is over out of the way of an operation that claims scopes itself, as one that gives a task does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout, reaction
from gitcoord.domain.claim import record as claim
from gitcoord.domain.claim import waiting
from gitcoord.domain.claim.facts import Taken
from gitcoord.domain.claim.planning import takeover
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import EventId
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from gitcoord.domain.claim.facts import Victim
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope


@dataclass(frozen=True, slots=True)
class Clearing:
    """What to record `before` the operation, a takeover, and `after` it, the release of what was taken over for it."""

    before: Draft
    after: Draft
    victims: list[Victim]


def clearing(
    workspace: Workspace, state: State, holder: SessionId, scopes: tuple[Scope, ...], why: str
) -> Clearing | None:
    """Return what takes the claims of others on scopes out of the way; None where none is in it.

    None as well where one of them still holds, or others wait in line for the scopes: they come first.
    """
    obstacles = claim.in_the_way(state, holder, scopes, shared=False)
    wanted = tuple(dict.fromkeys(scope for scope, _ in obstacles))
    try:
        takes, _, victims = takeover(workspace, state, obstacles, override=False)
    except errors.claim.InTheWay:
        return None
    if not takes or waiting.ahead(workspace, state, waiting.Place(holder, wanted, shared=False)):
        return None
    branch, head = checkout.branch(workspace), checkout.head(workspace)
    name, what = workspace.ids.hexadecimal(EventId.DIGITS), text_of(wanted)
    taken = {**claim.Wanted(wanted, False, None, (), branch, head).to_json(), "takes": takes}
    freed = {"claims": claim.named([(name, wanted)]), "branch": branch, "head": head}
    before = Draft("take", f"take over {what}", taken, why, name)
    return Clearing(before, Draft("release", f"release {what}", freed), victims)


def tell(workspace: Workspace, taker: SessionId, found: Clearing | None, done: Done) -> None:
    """Tell those whose claims were taken over, where they were."""
    if found is None:
        return
    if any(outcome.event.id == found.before.id and not outcome.refused for outcome in done.outcomes):
        reaction.follow(workspace, "take", Taken(taker, found.victims, found.before.body))
