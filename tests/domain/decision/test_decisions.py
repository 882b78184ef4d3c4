"""Decisions: recorded with their reason, superseded by others, found again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.world import ME, MINE, MORE, OTHER, THEIRS, World
from gitcoord.domain.decision import record
from gitcoord.domain.notice import record as notice
from gitcoord.policy import limits
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from conftest import Repo


def decide(world: World, session: str, id_: str, text: Any = "t", why: str = "w", **data: Any) -> str:
    """Decide; returns why it was refused, '' where it was not."""
    return world.do(session, "decide", {"text": text, **data}, claim=id_, why=why).reason


def test_of_two_that_supersede_the_same_the_second_is_refused(world: World) -> None:
    """It did not see the first, which it is told of; the author of the old decision is told, too."""
    assert decide(world, ME, MINE, "argon2") == ""
    world.time += 5
    assert decide(world, OTHER, THEIRS, "scrypt", supersedes=MINE) == ""
    assert decide(world, ME, MORE, "bcrypt", supersedes=MINE) == "stale"
    old = record.read(world.saved(), MINE)
    assert old is not None
    assert (old.after, old.after_by, old.until) == (THEIRS, OTHER, world.time)
    assert [item.text for item in record.newest(world.saved())] == ["scrypt"]
    ((_, told),) = notice.to(world.state, SessionId(ME))
    assert (told["what"], told["decision"], told["now"]) == ("decision", "argon2", "scrypt")


def test_newest_come_first(world: World) -> None:
    """Across the directories of a hundred numbers, too."""
    for number in range(120):
        assert decide(world, ME, f"{number:032x}", str(number)) == ""
    assert [item.text for item in record.newest(world.saved())] == [str(number) for number in reversed(range(120))]


@pytest.mark.parametrize(
    ("text", "why", "supersedes"),
    [
        (5, "w", ""),
        (" ", "w", ""),
        ("a\nb", "w", ""),
        ("x" * (limits.TEXT + 1), "w", ""),
        ("t", " ", ""),
        ("t", "x" * (limits.REASON_BYTES + 1), ""),
        ("t", "w", "../../meta.json"),
        ("t", "w", "F" * 32),
    ],
)
def test_what_is_malformed(world: World, text: Any, why: str, supersedes: str) -> None:
    """A decision is one line with a reason within the limit, and what it supersedes is an id."""
    assert decide(world, ME, MINE, text, why, supersedes=supersedes) == "malformed"
    assert not world.state.has("decisions")


def test_id_is_used_once_and_what_is_superseded_is_there(world: World) -> None:
    """Another decision under the same id would erase the first."""
    assert decide(world, ME, MINE) == ""
    assert decide(world, OTHER, MINE) == "malformed"
    assert decide(world, OTHER, MORE, supersedes=THEIRS) == "not_found"


def test_decisions_as_they_are_typed(repo: Repo) -> None:
    """Recorded, found by words, superseded by the first digits of the id; a second time that is stale."""
    ana = str(repo.here("start", "ana", "--json", check=True).json["session"])
    bob = str(repo.here("start", "bob", "--json", check=True).json["session"])
    first = repo.here("decide", "use argon2", "--why", "bcrypt cuts", "--json", session=ana, check=True).json
    assert (first["from_another_session"], first["confirmed"]) == (False, True)
    repo.here("decide", "tabs", "--why", "shorter", session=ana, check=True)
    found = repo.here("decisions", "argon", "--json", session=bob, check=True).json
    assert ([one["id"] for one in found["decisions"]], found["more"]) == ([first["id"]], False)
    assert found["decisions"][0]["from_another_session"] is True
    again = ["decide", "use scrypt", "--why", "at hand", "--supersedes", first["id"][:8], "--json"]
    assert repo.here(*again, session=bob, check=True).json["supersedes"] == first["id"]
    late = repo.here(*again, session=ana)
    assert (late.status, late.json["reason"]) == (1, "stale")
    assert [one["text"] for one in repo.here("decisions", "--json").json["decisions"]] == ["use scrypt", "tabs"]
    assert len(repo.here("decisions", "--all", "--json").json["decisions"]) == 3
    assert "superseded by" in repo.here("decisions", "--all").out
    assert any("instead of your use argon2" in line for line in late.json["warnings"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["t"], "needs a reason"),
        (["", "--why", "w"], "one line"),
        (["a\nb", "--why", "w"], "one line"),
        (["t", "--why", "x" * 17000], "more than"),
        (["t", "--why", "w", "--supersedes", "zz"], "is not the id"),
    ],
)
def test_what_cannot_be_decided_is_said(repo: Repo, words: list[str], said: str) -> None:
    """With what would be right."""
    ran = repo.here("decide", *words)
    assert (ran.status, said in ran.err) == (2, True), ran.err
