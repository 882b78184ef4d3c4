"""How a session is told that the hub refused what had counted here: what was lost, and who holds it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import record as session
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import text_of

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.state import State


def told(event: Event, verdict: Verdict, state: State) -> str:
    """Return the sentence for the session of `event`; `state` is the ledger's after the refusal."""
    why = "; ".join(_holders(verdict, state)) or verdict.reason
    return f"the hub refused what was provisional here: {printable(event.subject)}: {why}"


def _holders(verdict: Verdict, state: State) -> list[str]:
    """Return who holds what was in the way, as far as it is still held."""
    found = []
    for name, holder in verdict.detail.get("by", ()) if verdict.reason == "held" else ():
        item, living = claim.read(state, holder, name), session.read(state, holder)
        if item is not None and living is not None:
            until = holding.held_until(item, living).clock()
            found.append(f"{printable(living.name)} ({living.id}) holds {text_of(item.scopes)} until {until}")
    return found
