"""A hub that lost what it had, met by three clones that each have something provisional."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .faults import operations, settled
from .test_wrong import warned

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def begun(clones: list[Clone]) -> list[str]:
    """Each clone holds something confirmed; returns the sessions."""
    sessions = [clone.start(f"s{number}") for number, clone in enumerate(clones)]
    for number, (clone, session) in enumerate(zip(clones, sessions, strict=True)):
        clone.won(session, f"kept/{number}")
    return sessions


def provisional(clones: list[Clone], sessions: list[str]) -> None:
    """Each clone claims a path of its own, and all want the same one, with the hub away."""
    for number, (clone, session) in enumerate(zip(clones, sessions, strict=True)):
        for path in (f"alone/{number}", "all"):
            answer = clone.claim(session, path)
            assert (answer["result"], answer["confirmed"]) == ("won", False), answer


@pytest.mark.slow
def test_refs_lost_with_provisional_work_in_three_clones(clones: list[Clone], hub: Hub) -> None:
    """Who comes first pushes back what it knows; nothing confirmed is lost, and of what all wanted one has it."""
    sessions = begun(clones)
    hub.away()
    provisional(clones, sessions)
    hub.back()
    hub.lose_refs()
    told: list[list[str]] = [[], [], []]
    for number, clone in [*enumerate(clones)] * 2:  # the first one knows least
        told[number] += clone.sync()["warnings"]
    for number, clone in enumerate(clones):
        told[number] += warned(clone, sessions[number])
    losers = [number for number in range(3) if any("claim all" in text for text in told[number])]
    held = settled(hub, *clones)
    winner = held.pop("all")
    assert held == {f"{kind}/{number}": f"s{number}" for kind in ("kept", "alone") for number in range(3)}
    assert losers == [number for number in range(3) if f"s{number}" != winner]


@pytest.mark.slow
def test_restored_and_written_with_provisional_work_in_three_clones(clones: list[Clone], hub: Hub) -> None:
    """An old hub that one clone wrote to: what others had confirmed comes first, no number is given twice."""
    sessions = begun(clones)
    backup = hub.save()
    tokens = [
        clone.won(session, f"late/{number}")
        for number, (clone, session) in enumerate(zip(clones, sessions, strict=True))
    ]
    tokens.append(clones[2].won(sessions[2], "contested"))
    hub.away()
    provisional(clones, sessions)
    hub.back()
    hub.restore(backup)
    clones[0].forget_away()
    newcomer = clones[0].claim(sessions[0], "contested")
    assert newcomer["result"] == "won", "the old hub knows nothing of it"
    for clone in (*clones[1:], *clones):
        clone.sync()
    held = settled(hub, *clones)
    for number in range(3):
        for kind in ("kept", "late", "alone"):
            assert held[f"{kind}/{number}"] == f"s{number}"
    assert held["contested"] in ("s0", "s2")
    assert held["all"] in ("s0", "s1", "s2")
    operations(clones[0])
    assert clones[1].won(sessions[1], "new") > max(tokens)
