"""Who is told that work is offered, and what became of the offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.handoff.happened import TakenBack
from gitcoord.domain.message.notification import EVERYBODY, letter, post, to
from gitcoord.domain.reaction import Reaction
from gitcoord.domain.session import record as session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.handoff.happened import Adopted, Answered, Offered
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Event


def _tell_target(workspace: Workspace, offered: Offered, _: Sequence[Event]) -> None:
    """Tell the session that an offer is for, or everybody."""
    context, target = offered.context.strip(), offered.target
    first = context.partition("\n")[0]
    said = f"offers you work{f': {first}' if first else ''}" if target is not None else "offers work to the next one"
    told = letter("handoff", said, context, about=[offered.offer], ttl=offered.stands)
    post(workspace, offered.session, [(to(target) if target is not None else EVERYBODY, told)])


def _tell_giver(workspace: Workspace, answered: Answered, said: str) -> None:
    """Tell the giver, and the session that offered for it, where they live."""
    state, offer = workspace.ledger.state(), answered.offer
    names = dict.fromkeys((offer.giver, offer.by))
    concerned = [session.read(state, name) for name in names if name != answered.session]
    told = letter("handoff", said, answered.why, about=[offer.id])
    post(workspace, answered.session, [(to(reader), told) for reader in concerned if reader is not None])


def _tell_of_acceptance(workspace: Workspace, answered: Answered, _: Sequence[Event]) -> None:
    _tell_giver(workspace, answered, "accepted your handoff")


def _tell_of_end(workspace: Workspace, ended: Answered | TakenBack, _: Sequence[Event]) -> None:
    if isinstance(ended, TakenBack):
        told = letter("handoff", "took an offer back", ended.why, about=[ended.offer.id])
        post(workspace, ended.session, [(to(ended.target), told)])
    else:
        _tell_giver(workspace, ended, "declined your handoff")


def _tell_victim(workspace: Workspace, adopted: Adopted, _: Sequence[Event]) -> None:
    told = letter("handoff", "adopted your work", about=[adopted.victim.id])
    post(workspace, adopted.session, [(to(adopted.victim), told)])


REACTIONS = (
    Reaction("handoff-offer", follow=_tell_target),
    Reaction("handoff-accept", follow=_tell_of_acceptance),
    Reaction("handoff-decline", follow=_tell_of_end),
    Reaction("adopt", follow=_tell_victim),
)
