"""Interfaces and decisions across clones: the hub's order says which one counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def do(clone: Clone, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return clone.here(*words, "--json", session=session, check=True).json


def test_two_clones_agree_on_what_counts(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Each offers the same name and supersedes the same decision while the hub is away: one of each counts in both."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    first = do(one, alice, "decide", "use argon2", "--why", "at hand")["id"]
    two.sync()
    hub.away()
    for clone, session, text in ((one, alice, "scrypt"), (two, bob, "bcrypt")):
        made = do(clone, session, "export", "api", "lib/", "-m", text)
        assert (made["confirmed"], made["export"]["confirmed"]) == (False, False)
        assert do(clone, session, "decide", text, "--why", "w", "--supersedes", first)["confirmed"] is False
    hub.back()
    for clone in (one, two):
        clone.forget_away()
        clone.sync()
    one.sync()
    ends = ((one, alice), (two, bob))
    known = [do(clone, session, "exports", "--all")["exports"] for clone, session in ends]
    assert [item["id"] for item in known[0]] == [item["id"] for item in known[1]]
    assert [item["until"] is None for item in known[0]] == [True, False]
    assert all(item["confirmed"] for items in known for item in items)
    texts = [[item["text"] for item in do(clone, session, "decisions")["decisions"]] for clone, session in ends]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 1
    context = do(one, alice, "context", "--for", "bcrypt or scrypt")["items"]
    assert {item["section"] for item in context} >= {"exports", "decisions"}
