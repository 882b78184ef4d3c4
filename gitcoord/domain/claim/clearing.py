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
    from collections.abc import Collection, Sequence

    from gitcoord.domain.claim.facts import Victim
    from gitcoord.domain.records import Holding
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.ledger import Done
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId
    from gitcoord.policy.scope import Scope


@dataclass(frozen=True, slots=True)
class Need:
    """What an operation claims, and why. `except_for` are claims, each with its session, that it ends itself."""

    scopes: tuple[Scope, ...]
    why: str
    shared: bool = False
    except_for: Collection[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Clearing:
    """What to record `before` the operation, a takeover, and `after` it, the release of what was taken over for it."""

    before: Draft
    after: Draft
    took_over: list[Holding]
    victims: list[Victim]


def clearing(workspace: Workspace, state: State, holder: SessionId, need: Need) -> Clearing | None:
    """Return what takes the claims of others out of the way of what a session needs; None where none is in it.

    None as well where one of them still holds, or others wait in line for the scopes: they come first.
    """
    shared = need.shared
    obstacles = claim.in_the_way(state, holder, need.scopes, shared=shared, except_for=need.except_for)
    wanted = tuple(dict.fromkeys(scope for scope, _ in obstacles))
    try:
        takes, took_over, victims = takeover(workspace, state, obstacles, override=False)
    except errors.claim.InTheWay:
        return None
    if not takes or waiting.ahead(workspace, state, waiting.Place(holder, wanted, shared)):
        return None
    branch, head = checkout.branch(workspace), checkout.head(workspace)
    name, what = workspace.ids.hexadecimal(EventId.DIGITS), text_of(wanted)
    taken = {**claim.Wanted(wanted, shared, None, (), branch, head).to_json(), "takes": takes}
    freed = {"claims": claim.named([(name, wanted)]), "branch": branch, "head": head}
    before = Draft("take", f"take over {what}", taken, need.why, name)
    return Clearing(before, Draft("release", f"release {what}", freed), took_over, victims)


def around(found: Sequence[Clearing], asked: Draft) -> list[Draft]:
    """Return an operation between what takes claims out of its way and what gives them up again."""
    return [*(one.before for one in found), asked, *(one.after for one in found)]


def tell(workspace: Workspace, taker: SessionId, found: Sequence[Clearing], done: Done) -> list[Holding]:
    """Tell those whose claims were taken over, where they were; returns these claims as they were."""
    accepted = {outcome.event.id for outcome in done.outcomes if not outcome.refused}
    made = [one for one in found if one.before.id in accepted]
    for one in made:
        reaction.follow(workspace, "take", Taken(taker, one.victims, one.before.body))
    return [holding for one in made for holding in one.took_over]
