"""What replaced beats leave behind: some of the last, and nothing that anybody needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.session import beat, end, start
from gitcoord.domain.session.beat import Beat
from gitcoord.domain.session.identity import named
from gitcoord.kernel.refname import beat_ref, log_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import replaced
from gitcoord.policy.ids import RefName, StoreOid

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

INCOMING = "refs/coord-remote/origin/incoming/sessions"


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five are kept instead of 500."""
    monkeypatch.setattr(replaced, "KEPT", 5)


@pytest.fixture
def me(workspace: Workspace) -> Session:
    """A session."""
    started = start.start(workspace, start.Request(name="worker"))
    return named(workspace, workspace.ledger.state(), started.session)


def beats(workspace: Workspace, me: Session, count: int) -> list[StoreOid]:
    """Give so many signs of life; returns their commits."""
    found: list[StoreOid] = []
    for number in range(count):
        beat.put(workspace, me.id, Beat(workspace.clock.now(), f"step {number}"))
        found.append(workspace.ledger.store.refs.read(beat_ref(me.id)))
    return found


def left(workspace: Workspace, oids: list[StoreOid]) -> list[StoreOid]:
    """Those of these commits that are still there."""
    return [oid for oid in oids if workspace.ledger.store.objects.is_loose(oid)]


def test_the_last_stay_and_the_elder_are_removed(workspace: Workspace, me: Session) -> None:
    """The present one is read, and git finds nothing missing; a heal does not bring the others back."""
    oids = beats(workspace, me, 40)
    assert 5 < len(left(workspace, oids)) <= 11
    assert left(workspace, oids) == oids[-len(left(workspace, oids)) :]
    assert beat.every(workspace)[me.id].action == "step 39"
    workspace.place.git.run("fsck", "--connectivity-only")
    workspace.ledger.store.heal()
    assert len(left(workspace, oids)) <= 11


def test_what_a_ref_names_stays(workspace: Workspace, me: Session) -> None:
    """As it was fetched back from the hub, until another one is."""
    store = workspace.ledger.store
    (first,) = beats(workspace, me, 1)
    ref = RefName(f"{INCOMING}/{me.id}/beat")
    store.refs.update([Update(ref, first, ABSENT)])
    replaced.note_heard(store, {ref: first})
    others = beats(workspace, me, 40)
    assert left(workspace, [first]) == [first]
    store.refs.update([Update(ref, others[-1], first)])
    replaced.note_heard(store, {ref: others[-1]})
    beats(workspace, me, 40)
    assert left(workspace, [first, others[-1]]) == [others[-1]]


def test_nothing_is_removed_that_is_no_beat(workspace: Workspace, me: Session) -> None:
    """A hub may show anything as a beat: an event that began a session, the ledger, what is not there at all."""
    store = workspace.ledger.store
    register = store.refs.read(log_ref(me.id))
    assert store.objects.is_loose(register)
    store.refs.update([Update(log_ref(me.id), ABSENT, register)])  # so that no ref itself protects it
    with store.write_lock():
        replaced.put_aside(store, [register, StoreOid("f" * 40), StoreOid("no id")])
    beats(workspace, me, 40)
    assert left(workspace, [register]) == [register]


def test_a_session_that_ends_leaves_no_beat_for_ever(workspace: Workspace, me: Session) -> None:
    """Its last one goes with those of the others."""
    (last,) = beats(workspace, me, 1)
    end.end(workspace, me, "")
    started = start.start(workspace, start.Request(name="heir"))
    other = named(workspace, workspace.ledger.state(), started.session)
    workspace.ledger.drop_logs([me.id])
    beats(workspace, other, 40)
    assert left(workspace, [last]) == []
