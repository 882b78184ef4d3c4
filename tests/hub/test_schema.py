"""A program that does not know the schema of a ledger reads it, and extends it by nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.policy.ids import StoreOid

from .conftest import LEDGER
from .peer import Peer

if TYPE_CHECKING:
    import pytest

    from .conftest import Clone, Hub


def test_what_is_provisional_is_not_sequenced_on_an_unknown_schema(
    pair: tuple[Clone, Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by a command, nor by a sync, nor after a fetch; the program that knows it brings everything there."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    hub.away()
    one.claim(alice, "f")
    hub.back()
    two.won(bob, "g")
    there, here = hub.ledger, one.ledger
    with monkeypatch.context() as older:
        older.setattr("gitcoord.ledger.sequence.SCHEMA", 0)
        for words in (("claim", "h"), ("sync",), ("claim", "h", "--confirmed")):
            assert one.here(*words, session=alice).status == 3
            assert (hub.ledger, one.ledger) == (there, here)
        assert one.holders() == {"f": "alice"}, "it still reads"
    (one.coord / "hub-away").unlink()  # what could not be adopted counts as a hub that is away
    one.sync()
    assert one.holders() == two.holders() | {"f": "alice"} == {"f": "alice", "g": "bob"}


def test_a_void_commit_is_not_mended_on_an_unknown_schema(
    pair: tuple[Clone, Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is void to a program that does not know the schema is left to others."""
    one, two = pair
    alice, peer = one.start("alice"), Peer(two)
    one.won(alice, "f")
    peer.push(peer.ledger_commit(StoreOid(peer.look()), tree=EMPTY_TREE), LEDGER)
    there, here = hub.ledger, one.ledger
    with monkeypatch.context() as older:
        older.setattr("gitcoord.ledger.sequence.SCHEMA", 0)
        assert one.here("claim", "g", "--confirmed", session=alice).status == 3
        assert (hub.ledger, one.ledger) == (there, here)
    (one.coord / "hub-away").unlink()
    one.won(alice, "g")
    assert hub.ledger == one.ledger != there
