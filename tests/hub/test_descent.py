"""A clone's ledger stands on what the hub confirmed before it is pushed, whatever became of its ref."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import CONFIRMED, LEDGER, joined, make_clone, make_hub

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub


def is_kept(hub: Hub, tip: str) -> bool:
    """Whether the hub's ledger has not gone back behind a commit."""
    return hub.run("git", "merge-base", "--is-ancestor", tip, LEDGER, check=False).status == 0


def test_a_ledger_that_was_set_back_does_not_rewind_the_hub(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """The next contact takes up what is confirmed; a claim on what another holds is refused, and it is said why."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "mine")
    token = two.won(bob, "f")
    one.sync()
    before = hub.ledger
    one.git("update-ref", LEDGER, f"{LEDGER}~1")
    said = one.sync()
    assert any("put right" in text for text in said["warnings"]), said
    assert is_kept(hub, before)
    one.git("update-ref", LEDGER, f"{LEDGER}~1")
    answer = one.here("claim", "f", "--confirmed", "--json", session=alice)
    assert (answer.status, answer.json["result"]) == (1, "refused")
    assert is_kept(hub, before)
    assert one.holders() == {"mine": "alice", "f": "bob"}
    assert two.won(bob, "f") == token


def test_a_ledger_that_was_begun_anew_is_not_pushed(
    pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path, env: dict[str, str]
) -> None:
    """A ref that names the ledger of another repository is brought back to ours; what the logs have is kept."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    hub.away()
    assert one.claim(alice, "offline")["confirmed"] is False
    hub.back()
    stranger = make_clone(tmp_path, "stranger", env)
    stranger.here("init", "--hooks", "none", check=True)
    one.git("fetch", "-q", str(stranger.top), f"+{LEDGER}:{LEDGER}")
    before = hub.ledger
    one.sync()
    two.sync()
    assert is_kept(hub, before)
    assert two.holders() == {"f": "alice", "offline": "alice"}


def test_a_ref_that_is_set_back_again_and_again(
    pair: tuple[Clone, Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is pushed was looked at: a ref that moves between the look and the push changes nothing."""
    from gitcoord.sync import descent

    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    before, bring_up, times = hub.ledger, descent.bring_up, 0

    def disturbed(*args: object) -> object:
        nonlocal times
        done = bring_up(*args)  # type: ignore[arg-type]  # passed on
        times += 1
        if times < 3:
            one.git("update-ref", LEDGER, f"{CONFIRMED}~1")
        return done

    monkeypatch.setattr(descent, "bring_up", disturbed)
    one.git("update-ref", LEDGER, f"{CONFIRMED}~1")
    one.sync()
    assert times == 3
    assert is_kept(hub, before)


def test_what_only_the_log_has_goes_with_the_next_sync(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A ref that was set back to what is confirmed has lost what was provisional: the log brings it again."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    hub.away()
    assert one.claim(alice, "offline")["confirmed"] is False
    one.git("update-ref", LEDGER, CONFIRMED)
    hub.back()
    one.sync()
    two.sync()
    assert two.holders() == {"f": "alice", "offline": "alice"}


@pytest.mark.slow
def test_doctor_mends_no_ledger_to_before_what_is_confirmed(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A ref is gone, and what this clone wrote last is behind the hub: the advice is the hub's ledger."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    one.sync()
    for wrong in ("delete", "emptied"):
        if wrong == "delete":
            one.git("update-ref", "-d", LEDGER)
        else:
            empty = one.git("commit-tree", "-m", "filtered", one.write("tree", b""))
            one.git("update-ref", LEDGER, empty)
        report = one.here("doctor", "--json").json
        mend = next(item["mend"] for item in report["findings"] if item["name"] == "ledger ref")
        one.run("sh", "-c", mend)
        assert one.ledger == one.confirmed == hub.ledger
    one.won(alice, "h")


def test_doctor_brings_nothing_back_of_a_former_hub(
    pair: tuple[Clone, Clone], tmp_path: Path, env: dict[str, str]
) -> None:
    """What another hub confirmed before is not what this one did: the ledger is sound, and is mended onto this one."""
    one, _ = pair
    (tmp_path / "other").mkdir()
    other = make_hub(tmp_path / "other", env)
    stranger = joined(tmp_path / "other", "three", env, str(other.top))
    alice, olga = one.start("alice"), stranger.start("olga")
    one.won(alice, "f")
    stranger.won(olga, "f")
    one.git("remote", "add", "upstream", str(other.top))
    one.here("init", "--hub", "upstream", "--hooks", "none", check=True)
    sound = one.ledger
    assert one.holders() == {"f": "olga"}
    assert "ledger ref" not in [
        item["name"] for item in one.here("doctor", "--json").json["findings"] if not item["ok"]
    ]
    one.here("init", "--hooks", "none", check=True)
    assert one.ledger == sound
    (one.top / ".git" / LEDGER).write_text("garbage")
    other.away()
    one.here("init", "--hooks", "none", check=True)
    assert one.holders() == {"f": "olga"}
