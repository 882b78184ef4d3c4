"""A session that goes on under another id of its clone (docs/protocol.md, rule 29).

A clone that finds out that another one bears its id takes a new one. A session that began under the former id belongs
to whichever of the two moves it first; the other one starts a new session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.session import record as session
from gitcoord.errors.session import GoesOnElsewhere
from gitcoord.ledger.event import Draft
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace


def bring(workspace: Workspace, known: Session) -> Session:
    """Return the session as one of this clone's present id; it is moved there where it has a former one.

    Raises `NotFound` where another clone moved it first.
    """
    if known.clone == workspace.clone or not workspace.is_ours(known):
        return known
    data = {"clone": workspace.clone, "from": known.clone}
    done = workspace.record(known.id, Draft("renew", "go on under the new id of the clone", data))
    moved = session.read(done.state, known.id)
    if moved is None or moved.clone != workspace.clone:
        raise GoesOnElsewhere(printable(known.name), known.id)
    return moved
