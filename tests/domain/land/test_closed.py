"""Landing in a branch that the session itself keeps closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.land import landing, line

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.land.conftest import Clone


def held(clone: Clone) -> list[dict[str, Any]]:
    """The claims of a session on named things: what is claimed, until when, whether it is shared."""
    found = clone.repo.here("claims", "--mine", "--json", session=clone.session, check=True).json["claims"]
    return [{key: one[key] for key in ("scope", "held_until", "shared")} for one in found if one["kind"] == "name"]


@pytest.mark.slow
@pytest.mark.parametrize("test", ["true", "exit 1"])
def test_who_closed_the_branch_lands_and_keeps_it_closed(
    ana: Clone, ben: Clone, monkeypatch: pytest.MonkeyPatch, test: str
) -> None:
    """Its exclusive claim is its place: it stays as it was, with its deadline.

    Others are still kept out, and told so on the board; the children of the session are not.
    """
    monkeypatch.setattr(line, "TTL", 0)  # its place is renewed at each step
    words = ("claim", "branch:main", "--ttl", "3h", "-m", "release freeze")
    ana.repo.here(*words, session=ana.session, check=True)
    before = held(ana)
    ana.branch("feature", ("one.py", "1\n"))
    done = ana.land("--test", test)
    assert done.status == (0 if test == "true" else 1)
    assert held(ana) == before
    assert not before[0]["shared"]
    if test != "true":
        return
    ben.branch("theirs", ("two.py", "2\n"))
    done = ben.land("--wait", "1s")
    assert (done.status, done.json["reason"]) == (1, "held")
    assert done.json["hint"].startswith("the line: git coord land --status")
    board = ben.repo.here("status", "--json", session=ben.session).json
    assert [one["text"] for one in board["attention"] if one["what"] == "closed"] == [
        "ana keeps main closed: release freeze"
    ]
    child = ana.repo.start("child", "--parent", ana.session)
    ana.repo.git("checkout", "-q", "-b", "more", "origin/main")
    ana.branch("more", ("three.py", "3\n"))
    landed = ana.repo.here("land", "--wait", "5s", "--json", session=child)
    assert (landed.status, landed.json["result"]) == (0, "landed")


def test_who_closes_the_branch_while_it_lands_keeps_it_closed(ana: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim that takes the place of its place in line is not given up with it."""
    ana.branch("feature", ("one.py", "1\n"))
    turn = landing.Landing.turn

    def closes(work: landing.Landing, check: Callable[[], None]) -> bool:
        ana.repo.here("claim", "branch:main", "-m", "release freeze", session=ana.session, check=True)
        return turn(work, check)

    monkeypatch.setattr(landing.Landing, "turn", closes)
    assert ana.land().json["result"] == "landed"
    assert [one["shared"] for one in held(ana)] == [False]
