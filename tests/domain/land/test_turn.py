"""How a landing waits for its turn, and how little it asks of the hub."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.land import commands, landing, turn
from gitcoord.kernel import spawn
from gitcoord.sync import address

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


def test_alone_it_fetches_once(ana: Clone, asked: Callable[[str], int], monkeypatch: pytest.MonkeyPatch) -> None:
    """What it heard of the hub itself holds for a moment: its place, the landing and its leave are a push each."""
    for module in (commands, landing, address):  # however slow the machine is
        monkeypatch.setattr(module, "MOMENT", 600.0)
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


class Still:
    """A landing in whose line nothing happens, and the time; `asked` says what was asked how often."""

    def __init__(self, *, hub: bool = True) -> None:
        self.time, self.asked, self.hub = 1000.0, Counter[str](), hub
        self.needed, self.old, self.call, self.plan, self.workspace, self.target = True, "1", self, self, self, self
        self.agreement = self

    def monotonic(self) -> float:
        """Seconds."""
        return self.time

    def tip(self) -> str:
        """It takes a moment."""
        self.asked["branch"] += 1
        self.time += 0.02
        return self.old

    def take_in(self, _: str) -> None:
        """There is nothing new."""

    def moved(self) -> bool:
        """Without a hub, or where it does not answer, that is not known."""
        self.asked["glance"] += 1
        return not self.hub

    def refresh(self) -> bool:
        """Whether the hub answered."""
        self.asked["line"] += 1
        return self.hub


@pytest.mark.parametrize("hub", [True, False])
@pytest.mark.parametrize("place", [2, 8])
def test_the_longer_nothing_happens_the_fewer_looks(monkeypatch: pytest.MonkeyPatch, place: int, hub: bool) -> None:
    """Whoever waits an hour for somebody's test asks some hundred times; the first looks come soon all the same."""
    still = Still(hub=hub)
    monkeypatch.setattr(turn, "time", still)
    looks, pauses = turn._Looks(still), list[float]()  # type: ignore[arg-type]
    while still.time < 4600:
        pauses.append(round(looks.due(place) - still.time, 3))
        still.time = looks.due(place)
        assert looks.look(place, last=False)
    assert pauses[0] == (0.1 if place == 2 else 2.0)
    assert max(pauses) == HUB_EVERY
    assert len(pauses) < 420
    assert min(still.asked["branch"], still.asked["line"]) > 300, "both are asked at least every ten seconds or so"


@pytest.mark.slow
def test_what_cannot_be_built_on_now_may_be_in_its_turn(
    ana: Clone, ben: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody pushes past the line what conflicts, and takes it back: the landing has waited, and lands."""
    ben.repo.here(*LINE, session=ben.session, check=True)
    ana.branch("feature", ("one.py", "1\n"))
    before, still, steps = ana.main(), turn._still, list[int]()

    def follow(work: Landing) -> None:
        still(work)
        steps.append(len(steps))
        if len(steps) == 1:
            ben.branch("theirs", ("one.py", "2\n"))
            ben.push()
        elif len(steps) == 4:
            ben.repo.git("-c", "core.hooksPath=/dev/null", "push", "-q", "-f", "origin", f"{before}:main")
            ben.repo.here("release", "branch:main", session=ben.session, check=True)

    monkeypatch.setattr(turn, "_still", follow)
    assert ana.land("--wait", "20s").json["result"] == "landed"
    assert len(steps) >= 4


@pytest.mark.slow
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
