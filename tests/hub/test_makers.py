"""The record of who made which commit, and the notes: a sync restores the notes and learns from those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.guard import record
from gitcoord.policy.ids import Oid

from .conftest import Clone, Hub, make_clone

if TYPE_CHECKING:
    from pathlib import Path

NOTES = "refs/notes/coord"


@pytest.fixture
def one(hub: Hub, tmp_path: Path, env: dict[str, str]) -> Clone:
    """A clone with hooks in which alice has made a commit that the hub has."""
    one = make_clone(tmp_path, "one", env)
    one.git("remote", "add", "origin", str(hub.top))
    one.commit("README")
    one.here("init", "--hub", "origin", "-q", check=True)
    one.look_when_told()
    made(one, one.start("alice"))
    one.git("push", "-q", "--no-verify", "origin", "main")
    one.sync()
    return one


@pytest.fixture
def two(one: Clone, hub: Hub, tmp_path: Path, env: dict[str, str]) -> Clone:
    """A clone with hooks of the same hub, which has synced."""
    two = Clone(tmp_path / "two", env)
    one.git("clone", "-q", str(hub.top), str(two.top))
    two.here("init", "--hub", "origin", "-q", check=True)
    two.look_when_told()
    two.sync()
    return two


def made(clone: Clone, session: str) -> str:
    """Commit a file as a session; returns the commit."""
    assert clone.commit("src/a.py", session=session).status == 0
    return clone.git("rev-parse", "HEAD")


def maker(clone: Clone, commit: str = "HEAD") -> str:
    """The session that the commit's note names, '' where there is no note."""
    note = clone.git("notes", "--ref=coord", "show", commit, check=False)
    return note.partition("Coord-Session: ")[2].partition("\n")[0]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "foreign", "mirrored", "mirrored from nothing"])
def test_a_sync_restores_the_notes(one: Clone, hub: Hub, how: str) -> None:
    """Whatever stands in their place, all notes of this clone are here and at the hub after a sync."""
    alice, first = maker(one), one.git("rev-parse", "HEAD")
    second = made(one, alice)
    if how == "mirrored":
        one.git("fetch", "-q", "origin", f"+{NOTES}:{NOTES}")
        assert (maker(one, first), maker(one)) == (alice, "")
    elif how == "foreign":
        one.git("update-ref", NOTES, "HEAD")
    else:
        one.git("update-ref", "-d", NOTES)
        if "nothing" in how:
            hub.git("update-ref", "-d", NOTES)
    one.sync()
    assert (maker(one, first), maker(one, second)) == (alice, alice)
    assert one.ref(NOTES) == hub.ref(NOTES)
    assert not one.ref("refs/coord-remote/notes-restored")
    before = one.ref(NOTES)
    one.sync()
    assert one.ref(NOTES) == before, "once is enough"


def test_other_notes_stay(one: Clone, hub: Hub) -> None:
    """What is put back joins the notes that are there."""
    alice = maker(one)
    blob = one.write("blob", b"x")
    one.git("update-ref", "-d", NOTES)
    one.git("notes", "--ref=coord", "add", "-m", "somebody's", blob)
    one.sync()
    assert maker(one) == alice
    assert one.git("notes", "--ref=coord", "show", blob) == "somebody's"


def test_a_note_of_a_commit_that_is_gone_is_not_restored(one: Clone) -> None:
    """`git notes prune` is not undone."""
    alice = maker(one)
    record.add(str(one.coord), {Oid("1" * 40): [f"Coord-Session: {alice}"]})
    before = one.ref(NOTES)
    one.sync()
    assert one.ref(NOTES) == before


def test_a_sync_learns_what_the_hub_says_first(one: Clone, two: Clone, hub: Hub) -> None:
    """What another clone's note said is on record; what the note says later, as anybody may write it, is not."""
    commit, alice = Oid(one.git("rev-parse", "HEAD")), maker(one)
    learned = record.read(str(two.coord))[commit]
    assert learned[0] == f"Coord-Session: {alice}"
    assert record.read(str(two.coord), record.OWN) == {}
    one.git("notes", "--ref=coord", "add", "-f", "-m", "Coord-Session: eve", commit)
    one.git("push", "-q", "--no-verify", "--force", "origin", NOTES)
    two.sync()
    assert "Coord-Session: eve" in two.git("notes", "--ref=coord", "show", commit)
    assert record.read(str(two.coord))[commit] == learned


@pytest.mark.slow
@pytest.mark.parametrize("name", [record.OWN, record.LEARNED])
def test_a_record_that_cannot_be_used_stops_no_sync(one: Clone, two: Clone, name: str) -> None:
    """With a directory in its place notes are exchanged all the same."""
    path = two.coord / name
    path.unlink(missing_ok=True)
    path.mkdir()
    made(one, maker(one))
    one.sync()
    two.sync()
    assert two.ref(NOTES) == one.ref(NOTES)


def test_a_rebase_where_nothing_is_claimed_keeps_the_maker(one: Clone) -> None:
    """The hook after a rebase carries the record over, also where no claim lets the guard look."""
    alice = maker(one)
    one.git("checkout", "-q", "-b", "topic")
    made(one, alice)
    one.git("checkout", "-q", "main")
    one.commit("lib/c.py")
    one.git("rebase", "-q", "main", "topic")
    assert record.read(str(one.coord))[Oid(one.git("rev-parse", "HEAD"))][0] == f"Coord-Session: {alice}"
