"""Exports in the fold: one interface of a name counts, and what it superseded is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.world import ME, MINE, MORE, OTHER, THEIRS, World
from gitcoord.domain.export import record
from gitcoord.domain.notice import record as notice
from gitcoord.policy import limits
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from gitcoord.ledger.fold import Verdict

API: dict[str, Any] = {"name": "api/login", "scope": {"file": "src/a.py"}, "branch": "main", "head": "f" * 40}


def offer(world: World, session: str, id_: str, what: str = "check it", **data: Any) -> Verdict:
    """Offer the interface, with other fields where they are given."""
    return world.do(session, "export", API | data, claim=id_, why=what)


def test_newer_one_of_a_name_supersedes_and_says_by_which(world: World) -> None:
    """The name leads to the newer one; the elder is kept with what came after it, and its author is told."""
    assert offer(world, ME, MINE).accepted
    world.time += 5
    verdict = offer(world, OTHER, THEIRS, "check more", scope={"directory": "src"})
    assert (verdict.accepted, verdict.detail) == (True, {"superseded": MINE})
    now = record.read(world.saved(), "api/login")
    assert now is not None
    assert (now.id, now.by_name, now.what, now.scope.kind, now.until) == (THEIRS, OTHER, "check more", "directory", 0)
    (past,) = record.past(world.saved())
    assert (past.id, past.after, past.after_by, past.until) == (MINE, THEIRS, OTHER, world.time)
    (_, told), *rest = notice.to(world.state, SessionId(ME))
    assert not rest
    assert (told["what"], told["export"], told["how"]) == ("export", "api/login", "superseded")


def test_own_one_is_superseded_without_a_word(world: World) -> None:
    """Nobody is told what they did themselves."""
    assert offer(world, ME, MINE).accepted
    assert offer(world, ME, MORE).accepted
    assert notice.to(world.state, SessionId(ME)) == []


def test_withdrawn_one_counts_no_longer(world: World) -> None:
    """Its name is free, the record is kept; a name that nobody offers cannot be withdrawn."""
    data = {"name": "api/login", "withdraw": True}
    assert world.do(ME, "export", data).reason == "not_found"
    assert offer(world, ME, MINE).accepted
    assert world.do(OTHER, "export", data, why="moved").accepted
    assert record.read(world.state, "api/login") is None
    assert [item.id for item in record.past(world.state)] == [MINE]
    assert offer(world, ME, MORE).accepted


def test_so_many_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit a new name is refused, not a newer one of a name that is there."""
    monkeypatch.setattr(limits, "EXPORTS", 2)
    assert [offer(world, ME, digit * 32, name=digit).reason for digit in "123"] == ["", "", "quota"]
    assert offer(world, ME, MORE, name="1").accepted


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ({"name": ""}, "w"),
        ({"name": "a\nb"}, "w"),
        ({"name": "x" * (limits.NAME_BYTES + 1)}, "w"),
        ({"scope": {"glob": "*.py"}}, "w"),
        ({"scope": {"name": "slot:a"}}, "w"),
        ({"scope": {"file": "../a"}}, "w"),
        ({"withdraw": 1}, "w"),
        ({}, " "),
        ({}, "x" * (limits.REASON_BYTES + 1)),
    ],
    ids=str,
)
def test_what_is_malformed(world: World, data: dict[str, Any], what: str) -> None:
    """Names of one line, a file or a directory, words within the limit: the rest changes nothing."""
    assert offer(world, ME, MINE, what, **data).reason == "malformed"
    assert record.read(world.state, "api/login") is None
    assert world.state.has("exports") is False


def test_id_of_an_interface_that_is_over_is_not_used_again(world: World) -> None:
    """Or it would stand in the place of the one that is kept."""
    assert offer(world, ME, MINE).accepted
    assert offer(world, ME, MORE).accepted
    assert offer(world, OTHER, MINE).reason == "malformed"
    assert offer(world, OTHER, MORE).reason == "malformed"
