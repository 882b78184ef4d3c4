"""A halt across clones: the hub decides whether a claim came before it, and it holds at once where it was called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def halts(clone: Clone) -> list[dict[str, object]]:
    """The halts that stand, as a clone knows them."""
    found = clone.here("halt", "--status", "--json", check=True).json["halts"]
    assert isinstance(found, list)
    return found


def test_a_halt_at_the_hub_refuses_a_claim_that_knows_nothing_of_it(pair: tuple[Clone, Clone]) -> None:
    """The claim is appended by a clone that has not heard of the halt; the hub's order refuses it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "known")
    called = one.here("halt", "-m", "the key leaked", "--json", session=alice, check=True).json
    assert called["halts"][0]["confirmed"] is True
    two.forget_others()  # so that it pushes before it looks
    answer = two.claim(bob, "src")
    assert (answer["result"], answer["reason"], answer["confirmed"]) == ("refused", "halted", True)
    assert "the key leaked" in answer["message"]
    assert "src" not in two.holders()
    assert [halt["id"] for halt in halts(two)] == [called["called"]]


def test_whoever_hears_of_a_halt_by_a_refusal_has_answered(pair: tuple[Clone, Clone]) -> None:
    """The command that the hub's halt refuses is the next one of that session: it is told, and that is its answer."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.here("halt", "-m", "the key leaked", session=alice, check=True)
    assert two.claim(bob, "src")["reason"] == "halted"
    one.sync()
    (halt,) = one.here("halt", "--status", "--json", check=True).json["halts"]
    assert (halt["missing"], [item["name"] for item in halt["answers"]]) == ([], ["bob"])


def test_a_claim_that_came_first_stays(pair: tuple[Clone, Clone]) -> None:
    """What the hub confirmed before the halt is held through it and after it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "src")
    one.forget_others()
    one.here("halt", "-m", "x", session=alice, check=True)
    two.sync()
    assert two.holders() == {"src": "bob"}
    two.release(bob, "src")
    one.sync()
    assert one.holders() == {}


def test_a_halt_holds_here_while_the_hub_is_away(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """It is provisional and stops this clone at once; with the hub back it is confirmed and stops the other one."""
    one, two = pair
    alice, bob, carol = one.start("alice"), two.start("bob"), one.start("carol")
    two.won(bob, "known")
    hub.away()
    called = one.here("halt", "-m", "the key leaked", "--json", session=alice, check=True).json
    assert (called["hub"], called["halts"][0]["confirmed"]) == ("offline", False)
    assert any("provisional" in text for text in called["warnings"])
    assert one.claim(carol, "src")["reason"] == "halted"
    assert halts(one)[0]["answers"], "the answer is recorded, although the hub is away"
    hub.back()
    one.forget_away()
    one.sync()
    two.sync()
    assert halts(one)[0]["confirmed"] is True
    assert two.claim(bob, "src")["reason"] == "halted"
    one.sync()
    assert [answer["name"] for answer in halts(one)[0]["answers"]] == ["bob", "carol"]  # type: ignore[attr-defined]


def test_a_claim_made_offline_before_the_halt_was_heard_of_is_lost(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """It was provisional; the halt reached the hub first, so the claim is refused there, and its session is told."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "known")
    hub.away()
    assert two.claim(bob, "src")["confirmed"] is False
    hub.back()
    one.here("halt", "-m", "the key leaked", session=alice, check=True)
    two.forget_away()
    told = [*two.sync()["warnings"], *two.here("whoami", "--json", session=bob).json["warnings"]]
    assert any("refused" in text and "claim src: halted" in text for text in told), told
    assert two.holders() == {"known": "bob"}


def test_the_end_of_a_halt_reaches_the_other_clone(pair: tuple[Clone, Clone]) -> None:
    """A session that is not stopped ends it; the other clone may claim as soon as it has heard of it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "known")
    one.sync()
    one.here("halt", "-m", "x", "--only", bob, session=alice, check=True)
    assert two.claim(bob, "src")["reason"] == "halted"
    assert one.here("resume", "--json", session=alice, check=True).json["confirmed"] is True
    assert two.claim(bob, "src")["result"] == "won", "what is known here refuses it, so the hub is asked"


def test_halt_with_auto_keeps_the_work_of_other_clones(pair: tuple[Clone, Clone]) -> None:
    """Uncommitted work is kept where it is, at the session's next command; its caller gives back its own tasks."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    task = one.here("task", "add", "mend it", "--json", session=alice, check=True).json["id"]
    one.here("task", "take", task, session=alice, check=True)
    two.won(bob, "src")
    (two.top / "new.txt").write_text("half done\n")
    called = one.here("halt", "-m", "x", "--auto", "--json", session=alice, check=True).json
    assert called["did"] == [f"gave back task {task[:8]} (mend it)"]
    assert one.here("task", "show", task, "--json", check=True).json["task"]["status"] == "ready"
    two.sync()
    two.here("whoami", session=bob, check=True)
    (kept,) = two.here("snapshot", "--list", "--json", session=bob, check=True).json["snapshots"]
    assert kept["session"] == bob
    assert "new.txt" in str(kept)
    one.sync()
    did = ["keeps its claims: src", f"keeps its uncommitted work as snapshot {kept['id'][:12]}"]
    found = one.here("halt", "--status", "--json", check=True).json["halts"][0]["answers"]
    assert [answer["did"] for answer in found] == [did]
