"""A branch that somebody else pushes while it waits in line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.land import turn

if TYPE_CHECKING:
    import pytest

    from domain.land.conftest import Clone
    from gitcoord.domain.land.landing import Landing


def test_branch_that_landed_elsewhere_leaves_the_line(ana: Clone, ben: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for its turn: at the next look at the hub it is there already."""
    monkeypatch.setattr(turn, "HUB_EVERY", 0.1)
    ben.repo.here("claim", "branch:main", "--shared", "-m", "land theirs", session=ben.session, check=True)
    ana.branch("feature", ("one.py", "1\n"))
    still = turn._still

    def pushed(work: Landing) -> None:
        ana.push()
        still(work)

    monkeypatch.setattr(turn, "_still", pushed)
    done = ana.land("--wait", "10s")
    assert (done.status, done.json.get("result")) == (0, "already")
    assert [entry["name"] for entry in ana.land("--status").json["line"]] == ["ben"]
