"""Barriers across clones: one is complete for everybody or for nobody, also where members arrived offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def do(clone: Clone, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return clone.here(*words, "--json", session=session, check=True).json


def test_last_one_anywhere_completes_it(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Both arrive while the hub is away, each as the first; at the hub they are two, and one task is ready."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    do(one, alice, "barrier", "parts", "--need", "2", "--then", "merge")
    two.sync()
    hub.away()
    for clone, session in ((one, alice), (two, bob)):
        (here,) = do(clone, session, "barrier", "parts", "arrive")["barriers"]
        assert (here["status"], len(here["arrivals"]), here["confirmed"]) == ("open", 1, False)
    hub.back()
    for clone in (one, two):
        clone.forget_away()
        clone.sync()
    one.sync()
    known = [do(clone, session, "barrier", "parts")["barriers"][0] for clone, session in ((one, alice), (two, bob))]
    assert known[0] == known[1]
    assert (known[0]["status"], known[0]["confirmed"]) == ("complete", True)
    assert [item["id"] for item in do(two, bob, "task", "list")["tasks"]] == [known[0]["task"]]
