"""A lost race is known by what the hub has afterwards, whatever words git or the server found for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.sync.agree import Agreement

if TYPE_CHECKING:
    from gitcoord.policy.ids import EventId
    from gitcoord.sync.contact import Contact

    from .conftest import Clone, Hub

QUARANTINE = "GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES"


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """No seconds between the rounds of an agreement."""
    monkeypatch.setattr("gitcoord.sync.turn.longest", lambda *_: 0.0)


def overtaken(hub: Hub, times: str, *, refuses: str = "refs/coord/ledger", moves: str = "refs/coord/ledger") -> None:
    """Let the hub decline these pushes (a shell pattern of counts), after somebody else has moved a ref there."""
    hub.hook(
        "update",
        f"""
case $1 in {refuses}) ;; *) exit 0 ;; esac
echo x >>counted; count=$(grep -c x counted)
case $count in {times}) ;; *) exit 0 ;; esac
ref=$(git for-each-ref --format='%(refname)' '{moves}'); [ "$ref" ] || exit 1
unset {QUARANTINE}
new=$(printf 'nothing new\\n\\nCoord-Ledger: 1\\n' | git commit-tree -p "$ref" "$ref^{{tree}}")
git update-ref "$ref" "$new"
echo 'some words that nobody knows' >&2
exit 1
""",
    )


def test_a_race_that_the_hub_declines_in_words_of_its_own(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """The ledger moved: the race is run again until it is won, and nobody is set aside."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    overtaken(hub, "[123]")
    one.won(alice, "g")
    assert (hub.top / "counted").read_text().count("x") == 4
    assert not (one.coord / "quarantine").exists()


def test_a_race_lost_while_the_one_to_blame_is_looked_for(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A refusal of the ledger as it stood, then a race: what was refused first is judged anew, and nobody is blamed."""
    one, _ = pair
    alice, amy = one.start("alice"), one.start("amy")
    one.won(alice, "f")
    one.won(amy, "h")
    overtaken(hub, "1", moves="refs/nothing")
    second = (hub.top / "hooks" / "update").read_text()
    overtaken(hub, "2")
    both = (hub.top / "hooks" / "update").read_text().replace("echo x >>counted; ", "")
    hub.hook("update", f"({second}) || exit 1\n({both})\n".replace("#!/bin/sh\n", ""))
    # Whoever is looked for meanwhile: the hub would refuse one of the two logs, for a moment.
    hub.hook("pre-receive", f"grep -q sessions/{alice} && exit 1; exit 0\n")
    one.won(alice, "g")
    assert not (one.coord / "quarantine").exists()


def test_a_log_that_somebody_else_moved_is_not_to_blame(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """The hub declines a log because that ref moved: its session goes on."""
    one, _ = pair
    alice, amy = one.start("alice"), one.start("amy")
    one.won(alice, "f")
    one.won(amy, "h")
    log = f"refs/coord/sessions/{alice}/log"
    hub.git("update-ref", log, one.git("rev-parse", f"{log}^"))  # behind ours, so that git itself would push it
    overtaken(hub, "*", moves="refs/nothing")
    ledger = (hub.top / "hooks" / "update").read_text()
    overtaken(hub, "*", refuses=log, moves=log)
    both = f"({ledger}) || exit 1\n({(hub.top / 'hooks' / 'update').read_text()})\n"
    hub.hook("update", both.replace("#!/bin/sh\n", ""))
    assert one.claim(alice, "g")["confirmed"] is False
    assert not (one.coord / "quarantine").exists()
    (hub.top / "hooks" / "update").unlink()
    one.won(alice, "g")


def test_who_gave_up_does_not_wait_for_its_opposite(
    pair: tuple[Clone, Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ledger moves at every push: a claim that insists gives up once; what undoes it goes with the next contact."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    overtaken(hub, "*")
    meet, pushed = Agreement.meet, []

    def hurried(self: Agreement, wanted: set[EventId], *, push: bool = True, insist: bool = False) -> Contact:
        pushed.append(push)
        return meet(self, wanted, push=push, patience=1.0, insist=insist)

    monkeypatch.setattr(Agreement, "meet", hurried)
    ran = one.here("claim", "g", "--confirmed", "--json", session=alice)
    assert (ran.status, ran.json["result"]) == (3, "unknown")
    assert pushed == [False, True], "one contact to look, one to push"
    (hub.top / "hooks" / "update").unlink()
    monkeypatch.undo()
    assert one.holders() == {"f": "alice"}
    one.won(alice, "h")
    assert one.holders() == {"f": "alice", "h": "alice"}
