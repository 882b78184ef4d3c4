"""Claiming what one already holds, or what lies around it: never less than before, never won and over at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.claim import acquire as claiming
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import record as session
from gitcoord.domain.session import start
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace


@pytest.fixture
def me(workspace: Workspace) -> Session:
    """A session."""
    started = start.start(workspace, start.Request(name="alice"))
    found = session.read(workspace.ledger.state(), started.session)
    assert found is not None
    return found


def test_shared_claim_around_an_exclusive_one_leaves_it(workspace: Workspace, me: Session) -> None:
    """Who holds src/a.py alone and claims src shared still holds src/a.py alone."""
    claiming.acquire(workspace, me, claiming.Request((Scope("directory", "src/a.py"),)))
    claiming.acquire(workspace, me, claiming.Request((Scope("directory", "src"),), shared=True))
    held = {(item.scopes[0].text, item.shared) for item in claim.of(workspace.ledger.state(), me.id)}
    assert held == {("src/a.py", False), ("src", True)}


@pytest.mark.parametrize("ttl", [0, 60])
def test_claim_of_what_ran_out_is_held_again(workspace: Workspace, me: Session, clock: Any, ttl: int) -> None:
    """Claiming again what one's own passed deadline left gives it for as long as was asked, from now."""
    claiming.acquire(workspace, me, claiming.Request((Scope("directory", "src"),), ttl=10))
    clock.pass_by(100)
    answer = claiming.acquire(workspace, me, claiming.Request((Scope("directory", "src"),), ttl=ttl))
    assert answer.result == "won"
    assert answer.held_until is not None
    assert answer.held_until > clock.now()
    (held,) = claim.of(workspace.ledger.state(), me.id)
    assert held.until == (clock.now() + ttl if ttl else None)
