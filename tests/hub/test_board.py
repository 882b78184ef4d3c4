"""The board with a hub: what is confirmed, who is elsewhere, and what is wrong with the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.policy.ids import StoreOid

from .conftest import LEDGER
from .peer import Peer

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def board(clone: Clone, session: str) -> dict[str, Any]:
    """What `git coord status` answers to programs."""
    return clone.here("status", "--json", session=session, check=True).json


def attention(clone: Clone, session: str, what: str) -> list[dict[str, Any]]:
    """What the board says of this sort to a session."""
    return [item for item in board(clone, session)["attention"] if item["what"] == what]


def test_provisional_claims_and_a_hub_that_is_away(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Both are said while it lasts, with the scopes; a claim says for itself whether it is confirmed."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    assert not attention(one, alice, "offline") + attention(one, alice, "provisional")
    hub.away()
    one.claim(alice, "g")
    found = board(one, alice)
    assert {item["scope"]: (item["confirmed"], item["token"] is None) for item in found["holds"]} == {
        "f": (True, False),
        "g": (False, True),
    }
    mine = [line.strip() for line in one.here("status", session=alice).out.splitlines() if "holds" in line]
    assert [line.endswith(", provisional") for line in mine] == [False, True], mine
    listed = [line for line in one.here("status", "--markdown").out.splitlines() if line.startswith(("| f ", "| g "))]
    assert [", provisional |" in line for line in listed] == [False, True], listed
    (away,) = attention(one, alice, "offline")
    assert away["hint"].startswith("git coord sync")
    (provisional,) = attention(one, alice, "provisional")
    assert (provisional["scopes"], provisional["sessions"]) == (["g"], [alice])
    hub.back()
    one.forget_away()
    one.sync()
    assert not attention(one, alice, "offline") + attention(one, alice, "provisional")


def test_sessions_of_other_clones_are_there_with_what_they_said(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Their claims, beats and messages are on the board after a sync; that both are on one branch is no finding."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    two.here("beat", "editing", "--target", "f", session=bob, check=True)
    one.sync()
    two.here("send", "alice", "hello", "--ack", session=bob, check=True)
    two.sync()
    one.sync()
    found = board(one, alice)
    (there,) = [item for item in found["sessions"] if item["id"] == bob]
    assert (there["work"], there["target"], there["claims"]) == ("editing", "f", ["g"])
    assert [item["scope"] for item in found["claims"]] == ["f", "g"]
    assert [item["subject"] for item in found["messages"]] == ["hello"]
    said = {item["what"]: item for item in found["attention"]}
    assert said["overlap"]["sessions"] == [bob, alice]
    assert said["unanswered"]["sessions"] == [bob]
    assert said.keys() == {"overlap", "unanswered"}


def test_what_the_hub_refuses_and_what_is_void_is_named(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A quarantined session by its id, a void ledger commit by its own and whose it is; neither comes by itself."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    assert not attention(one, alice, "void") + attention(one, alice, "quarantined")
    peer = Peer(two)
    evil = peer.ledger_commit(StoreOid(peer.look()), (peer.session().oid,))
    peer.push(evil, LEDGER)
    one.sync()
    one.won(alice, "g")
    (void,) = attention(one, alice, "void")
    assert evil[:12] in void["text"]
    (one.coord / "quarantine").write_text(f'{{"clones": {{}}, "sessions": ["{bob}"]}}')
    (aside,) = attention(one, alice, "quarantined")
    assert aside["sessions"] == [bob]
