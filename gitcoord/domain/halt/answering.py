"""What a session does when it hears of a halt: it is told at its next command, and that it was told goes on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import checkout
from gitcoord.domain.claim import record as claim
from gitcoord.domain.halt import concern, record
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.halt.record import Halt
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

NAMED = 10
"""Of what a session holds, so much is named in its answer."""


def answer(workspace: Workspace, state: State, me: Session) -> list[str]:
    """Return a sentence for each halt that concerns a session, and record its answer where it has given none.

    Whoever called the halt knows of it and answers nothing.
    """
    halts = [halt for halt in record.standing(state, workspace.clock.now()) if concern.concerns(state, halt, me)]
    drafts = [
        _draft(workspace, state, me, halt)
        for halt in halts
        if halt.by != me.id and not record.has_answered(state, halt.id, me.id)
    ]
    if drafts:
        workspace.record(me.id, *drafts, here=workspace.agreement.status == "offline")
    return [f"{concern.sentence(halt)}; {concern.ENDING}" for halt in halts]


def _draft(workspace: Workspace, state: State, me: Session, halt: Halt) -> Draft:
    did = [*(give_back(workspace, me) if halt.auto else []), *_kept(workspace, state, me)]
    return Draft("halt-answer", f"heard of the halt by {printable(halt.name)}", {"halt": halt.id, "did": did})


def give_back(workspace: Workspace, me: Session) -> list[str]:
    """Do what `halt --auto` asks of a session; returns what was done, a sentence each.

    There is nothing yet that it could give back: claims stay with their session.
    """
    return []


def _kept(workspace: Workspace, state: State, me: Session) -> list[str]:
    """Say what a session goes on holding."""
    held = [checkout.shown(workspace, scope) for item in claim.of(state, me.id) for scope in item.scopes]
    more = f" and {len(held) - NAMED} more" if len(held) > NAMED else ""
    return [f"keeps its claims: {', '.join(held[:NAMED])}{more}"[: limits.TEXT]] if held else []
