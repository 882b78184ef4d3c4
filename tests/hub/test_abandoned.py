"""That a session is gone and left claims is said to everybody by one clone of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.domain import housekeeping
from gitcoord.domain.session.identity import named
from gitcoord.policy.lease import SKEW

if TYPE_CHECKING:
    from conftest import ManualClock

    from .conftest import Clone


def said_by(clones: list[Clone], sessions: list[str], clock: ManualClock) -> list[int]:
    """In each clone a session looks round, before it hears of the others; returns how many messages each one sent."""
    counts = []
    for clone, session in zip(clones, sessions, strict=True):
        opened = clone.workspace(clock)
        before = clone.git("rev-list", "--count", f"refs/coord/sessions/{session}/log")
        housekeeping.look_round(opened, named(opened, opened.ledger.state(), session))
        counts.append(int(clone.git("rev-list", "--count", f"refs/coord/sessions/{session}/log")) - int(before))
        opened.ledger.store.close()
    return counts


def gone(clones: list[Clone], clock: ManualClock, where: list[Clone]) -> list[str]:
    """A session of the first clone holds something and is gone; returns sessions that live in these clones."""
    ghost = str(clones[0].here("start", "ghost", "--lease", "1s", "--json", check=True).json["session"])
    clones[0].won(ghost, "f")
    sessions = [clone.start(f"s{at}") for at, clone in enumerate(where)]
    for clone, session in zip(where, sessions, strict=True):
        clone.won(session, session)
    for clone in clones:
        clone.sync()
    clock.pass_by(SKEW + 60)
    return sessions


@pytest.mark.slow
def test_the_clone_of_a_gone_session_speaks_for_it(clones: list[Clone], clock: ManualClock) -> None:
    """As long as another session lives there; the others leave it to that one."""
    sessions = gone(clones, clock, clones)
    assert said_by(clones, sessions, clock) == [1, 0, 0]


@pytest.mark.slow
def test_one_of_the_others_speaks_where_nobody_lives_there(clones: list[Clone], clock: ManualClock) -> None:
    """Which one that is they agree on without a word."""
    others = clones[1:]
    sessions = gone(clones, clock, others)
    assert sorted(said_by(others, sessions, clock)) == [0, 1]
