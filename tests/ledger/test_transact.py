"""A transaction beside somebody who moves the ledger past the writer lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel.refs import Moved
from gitcoord.ledger import marker, sequence
from gitcoord.ledger.event import Draft
from gitcoord.ledger.ledger import MOVES, REF, log_ref

if TYPE_CHECKING:
    from conftest import Repo

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


class Meddler:
    """Decides on a renewal, and each time but the last moves the ledger by hand, to a sound commit."""

    def __init__(self, repo: Repo, workspace: Workspace, times: int) -> None:
        self.repo, self.ledger, self.left, self.tips = repo, workspace.ledger, times, [workspace.ledger.tip()]

    def __call__(self, state: State) -> list[Draft]:
        """The draft."""
        assert state.tree == sequence.load(self.ledger.store.objects, self.tips[-1]).tree
        if self.left:
            self.left -= 1
            tip = self.tips[-1]
            self.tips.append(self.repo.git("commit-tree", f"{tip}^{{tree}}", "-p", tip, "-m", "x\n\nCoord-Ledger: 1"))
            self.repo.git("update-ref", REF, self.tips[-1], tip)
        return [Draft("renew", "renew the lease")]


def test_a_ledger_that_moved_is_computed_on_again(repo: Repo, workspace: Workspace) -> None:
    """Somebody moves the ledger between look and write: what they wrote stays, ours comes on top, once."""
    me = repo.start("alice")
    meddler = Meddler(repo, workspace, MOVES)
    before = repo.git("rev-list", "--count", log_ref(me))
    done = workspace.ledger.transact(me, meddler)
    assert [outcome.verdict is not None and outcome.verdict.accepted for outcome in done.outcomes] == [True]
    assert repo.git("rev-parse", f"{REF}^") == meddler.tips[-1]
    assert int(repo.git("rev-list", "--count", log_ref(me))) == int(before) + 1
    assert marker.read(workspace.place.coord_dir)[0] == []
    assert repo.here("doctor", "--full").status == 0


def test_a_ledger_that_never_stands_still_is_given_up(repo: Repo, workspace: Workspace) -> None:
    """Where that does not end nothing is recorded, and the next transaction is as any."""
    me = repo.start("alice")
    log = repo.git("rev-parse", log_ref(me))
    meddler = Meddler(repo, workspace, 100)
    with pytest.raises(Moved):
        workspace.ledger.transact(me, meddler)
    assert (repo.git("rev-parse", log_ref(me)), repo.git("rev-parse", REF)) == (log, meddler.tips[-1])
    assert len(meddler.tips) == MOVES + 2
    repo.here("claim", "src", session=me, check=True)
    assert repo.here("doctor", "--full").status == 0
