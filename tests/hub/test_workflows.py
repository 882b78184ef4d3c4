"""Workflows across clones: stages are done wherever somebody is, and all clones know how far it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conftest import Clone, Hub

STAGES = [{"name": "build"}, {"name": "ship", "needs": ["build"], "on_complete": "notify"}]


def do(clone: Clone, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return clone.here(*words, "--json", session=session, check=True).json


def test_stages_are_done_in_two_clones(pair: tuple[Clone, Clone]) -> None:
    """The second clone is given the stage that the first one's end made ready, with what came of that."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    (one.top / "flow.json").write_text(json.dumps({"title": "Flow", "stages": STAGES}))
    flow = do(one, alice, "workflow", "start", "flow.json")
    assert flow["confirmed"] is True
    build = do(one, alice, "task", "next")["id"]
    do(one, alice, "task", "done", build, "-m", "it builds")
    two.sync()
    ship = do(two, bob, "task", "next")
    assert "Summary: it builds" in ship["body"]
    do(two, bob, "task", "done", ship["id"])
    one.sync()
    known = [do(clone, session, "workflow", "show", flow["id"]) for clone, session in ((one, alice), (two, bob))]
    assert known[0]["workflows"] == known[1]["workflows"]
    assert (known[0]["workflows"][0]["status"], known[0]["workflows"][0]["confirmed"]) == ("complete", True)
    assert any("bob completed ship, the last stage of Flow" in line for line in known[0]["warnings"])


def test_stage_that_only_this_clone_knows_taken_is_not_confirmed(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """A workflow is confirmed with all that is shown of it: who holds its stages, too."""
    one, _ = pair
    alice = one.start("alice")
    (one.top / "flow.json").write_text(json.dumps({"title": "Flow", "stages": STAGES}))
    flow = do(one, alice, "workflow", "start", "flow.json")["id"]

    def confirmed() -> bool:
        return bool(do(one, alice, "workflow", "show", flow)["workflows"][0]["confirmed"])

    assert confirmed()
    hub.away()
    build = do(one, alice, "task", "next")["id"]
    assert not confirmed(), "another clone may have it at the hub"
    hub.back()
    one.forget_away()
    one.sync()
    assert confirmed()
    assert do(one, alice, "task", "show", build)["task"]["confirmed"]
