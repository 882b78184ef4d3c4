"""How a landing waits for its turn, and how little it asks of the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.land import turn
from gitcoord.kernel import spawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.land.conftest import Clone
    from gitcoord.domain.land.landing import Landing

LINE = ("claim", "branch:main", "--shared", "-m", "land theirs")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Tells how often git was called with a word so far."""
    calls: list[list[str]] = []
    run = spawn.run

    def counted(argv: list[str], *args: object, **named: object) -> object:
        calls.append(argv)
        return run(argv, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(spawn, "run", counted)
    return lambda word: sum(word in argv for argv in calls)


def test_alone_it_fetches_once(ana: Clone, asked: Callable[[str], int]) -> None:
    """What it heard of the hub itself holds for a moment: its place, the landing and its leave are a push each."""
    ana.branch("feature", ("one.py", "1\n"))
    assert ana.land().json["result"] == "landed"
    assert (asked("fetch"), asked("push"), asked("remote")) == (1, 3, 2)


def test_who_is_next_only_glances_while_nothing_happens(ana: Clone, ben: Clone, asked: Callable[[str], int]) -> None:
    """It fetches before it waits and before it gives up; the looks between are a glance at the branch."""
    ben.repo.here(*LINE, session=ben.session, check=True)
    ana.branch("feature", ("one.py", "1\n"))
    before = asked("fetch")
    assert ana.land("--wait", "3s").json["reason"] == "pending"
    assert asked("fetch") - before <= 3
    assert asked("ls-remote") > 5


def test_the_longer_nothing_happens_the_fewer_looks_are_due(ana: Clone) -> None:
    """Whoever waits for a long test of the one before asks seldom; whoever stands further behind more seldom still."""
    looks = turn._Looks(object())  # type: ignore[arg-type]
    began = looks._looked
    soon = [looks.due(place) - began for place in (2, 3, 8)]
    assert soon == sorted(soon)
    assert soon[0] <= 0.1
    looks._looked = began + 20
    assert [looks.due(place) - looks._looked for place in (2, 8)] == [4, 4]
    looks._looked = began + 3600
    assert looks.due(2) - looks._looked == HUB_EVERY


def test_who_is_next_has_built_when_its_turn_comes(
    ana: Clone, ben: Clone, asked: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the one before it has landed is built upon before that one has left the line."""
    ben.repo.here(*LINE, session=ben.session, check=True)
    ana.branch("feature", ("one.py", "1\n"))
    still, landed = turn._still, list[str]()

    def follow(work: Landing) -> None:
        still(work)
        if not landed:
            landed.append(ben.branch("theirs", ("two.py", "2\n")))
            ben.push()
        elif landed == [work.old]:
            ben.repo.here("release", "branch:main", session=ben.session, check=True)
            landed.append(str(asked("merge-tree")))

    monkeypatch.setattr(turn, "_still", follow)
    done = ana.land("--rebase", "--wait", "20s")
    assert done.json["result"] == "landed"
    assert landed == [landed[0], str(asked("merge-tree"))]  # nothing was merged once it was its turn
    assert {"one.py", "two.py"} <= set(ana.there())
