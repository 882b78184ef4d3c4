"""A transaction beside somebody who moves the ledger past the writer lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import Busy, Moved, Unreadable
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.refs import Refs
from gitcoord.ledger import marker, sequence
from gitcoord.ledger.event import Draft
from gitcoord.ledger.ledger import MOVES
from gitcoord.policy.ids import SessionId, StoreOid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Repo

    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.refs import Update
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
            made = StoreOid(self.repo.git("commit-tree", f"{tip}^{{tree}}", "-p", tip, "-m", "x\n\nCoord-Ledger: 1"))
            self.tips.append(made)
            self.repo.git("update-ref", LEDGER, self.tips[-1], tip)
        return [Draft("renew", "renew the lease")]


def test_a_ledger_that_moved_is_computed_on_again(repo: Repo, workspace: Workspace) -> None:
    """Somebody moves the ledger between look and write: what they wrote stays, ours comes on top, once."""
    me = repo.start("alice")
    meddler = Meddler(repo, workspace, MOVES)
    before = repo.git("rev-list", "--count", log_ref(SessionId(me)))
    done = workspace.ledger.transact(SessionId(me), meddler)
    assert [outcome.verdict is not None and outcome.verdict.accepted for outcome in done.outcomes] == [True]
    assert repo.git("rev-parse", f"{LEDGER}^") == meddler.tips[-1]
    assert int(repo.git("rev-list", "--count", log_ref(SessionId(me)))) == int(before) + 1
    assert marker.read(workspace.place.coord_dir)[0] == []
    assert repo.here("doctor", "--full").status == 0


def test_a_ledger_that_never_stands_still_is_given_up(repo: Repo, workspace: Workspace) -> None:
    """Where that does not end nothing is recorded, and the next transaction is as any."""
    me = repo.start("alice")
    log = repo.git("rev-parse", log_ref(SessionId(me)))
    meddler = Meddler(repo, workspace, 100)
    with pytest.raises(Moved):
        workspace.ledger.transact(SessionId(me), meddler)
    assert (repo.git("rev-parse", log_ref(SessionId(me))), repo.git("rev-parse", LEDGER)) == (log, meddler.tips[-1])
    assert len(meddler.tips) == MOVES + 2
    repo.here("claim", "src", session=me, check=True)
    assert repo.here("doctor", "--full").status == 0


def test_nobody_decides_while_another_writes(repo: Repo, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen without the writer lock may be over when it is written: who does not get the lock does not look."""
    me = repo.start("alice")
    monkeypatch.setattr("gitcoord.kernel.store.PATIENCE", 0.1)

    def decide(state: State) -> list[Draft]:
        raise AssertionError(f"looked at {state.tree}")

    with workspace.ledger.store.write_lock(), pytest.raises(Busy):
        workspace.ledger.transact(SessionId(me), decide)


@pytest.mark.parametrize("moved", [0, 1])
def test_disk_that_fails_between_log_and_ledger(repo: Repo, monkeypatch: pytest.MonkeyPatch, moved: int) -> None:
    """Where the log moved and the ledger could not, nobody says that nothing was recorded: the next writer does it.

    Where neither moved that is said, and it is so.
    """
    me, other = repo.start("alice"), repo.start("bob")
    update, told = Refs.update, "nothing was recorded: Input/output error"

    def fail(refs: Refs, updates: Sequence[Update]) -> None:
        update(refs, updates[:moved])
        raise Unreadable(told)

    monkeypatch.setattr(Refs, "update", fail)
    ran = repo.here("claim", "src", session=me)
    assert (ran.status, "Input/output error" in ran.err) == (3, True)
    assert ("nothing was recorded" in ran.err) == (moved == 0)
    monkeypatch.setattr(Refs, "update", update)
    assert repo.here("claim", "src", session=other).status == moved
    assert repo.here("doctor", "--full").status == 0


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"\0" * 41, b"1" * 40 + b"\n", b"rubbish\n"])
def test_damaged_log_is_mended_by_its_session(repo: Repo, content: bytes) -> None:
    """A log's ref that a power cut damaged is set to the newest event in the journal: nothing that was said is lost."""
    me, other = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=me, check=True)
    repo.here("send", "bob", "wait for me", session=me, check=True)
    tip = repo.git("rev-parse", log_ref(SessionId(me)))
    (repo.top / ".git" / log_ref(SessionId(me))).write_bytes(content)
    found = [item for item in repo.here("doctor", "--json").json["findings"] if not item["ok"]]
    assert [(item["name"], item["mend"]) for item in found] == [(f"ref {log_ref(SessionId(me))}", "git coord init")]
    repo.here("claim", "docs", session=other, check=True)
    repo.here("release", "src", session=me, check=True)
    assert repo.git("merge-base", "--is-ancestor", tip, log_ref(SessionId(me))) == ""
    assert repo.here("doctor", "--full").status == 0
    assert "wait for me" in repo.here("inbox", session=other).out


def test_damaged_logs_are_mended_by_init(repo: Repo) -> None:
    """`init` brings back what logs named, those of whole clones' worth of sessions, and deletes a damaged beat."""
    me, other = repo.start("alice"), repo.start("bob")
    repo.here("send", "bob", "wait for me", session=me, check=True)
    repo.here("beat", "reading", session=other, check=True)
    tips = {name: repo.git("rev-parse", log_ref(SessionId(name))) for name in (me, other)}
    repo.git("update-ref", "-d", log_ref(SessionId(me)))
    (repo.top / ".git" / log_ref(SessionId(other))).write_text("")
    (repo.top / f".git/refs/coord/sessions/{other}/beat").write_bytes(b"\0" * 41)
    repo.here("init", check=True)
    assert {name: repo.git("rev-parse", log_ref(SessionId(name))) for name in (me, other)} == tips
    assert repo.git("for-each-ref", f"refs/coord/sessions/{other}/beat") == ""
    assert repo.here("doctor", "--full").status == 0
    assert repo.here("init").out.startswith("everything was set up already")
