"""The board as it was: the state of the ledger is a commit, and each commit is one that it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain.board import board, look
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import record as session
from gitcoord.errors.refusal import NoLedgerYet
from gitcoord.kernel.refname import LEDGER
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from gitcoord.domain.board.look import Seen
    from gitcoord.domain.records import Holding
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Past:
    """The sessions and claims of another time; children stand behind their parent."""

    sessions: list[Seen]
    claims: list[Holding]


def workspace_at(workspace: Workspace, then: int) -> Workspace:
    """Return the workspace as it was at a time, in seconds, to read only. Raises `NotFound` where nothing was."""
    git = workspace.place.store_git
    commit = StoreOid(git.text("rev-list", "-1", "--first-parent", f"--before={then}", LEDGER, "--"))
    if not commit:
        raise NoLedgerYet()
    return workspace.at(commit, then)


def read(workspace: Workspace) -> Past:
    """Return who was there and who held what, of a workspace of another time."""
    state = workspace.ledger.state()
    twins = session.twins(state)
    seen: dict[str, Seen] = {}
    held: list[Holding] = []
    for item in session.every(state):
        claims = claim.of(state, item.id)
        status = holding.status(workspace, item)
        known = look.described(workspace, item, None, status, claims)
        seen[item.id] = replace(known, branch=_branch(item, claims))
        held += holding.described(workspace, item, claims, status, None, twins)
    return Past(board.families(seen), sorted(held, key=lambda one: one.scope))


def _branch(item: Session, claims: list[claim.Claim]) -> str:
    """Return the branch of which a session said last that it was on it."""
    return next((one.branch for one in reversed(claims) if one.branch), item.branch)
