"""`git coord demo`: the story it tells is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Repo


def test_demo_tells_a_story_that_is_true(bare_repo: Repo) -> None:
    """It ends with 0 and says where; the refused commit is in no history, the notes and the audit are there."""
    base = bare_repo.top.parent / "demo"
    told = bare_repo.coord("-C", str(base.parent), "demo", "demo")
    assert (told.status, told.err) == (0, "")
    assert f"The repository is in {base / 'alice'}" in told.out
    for said in (
        "  error: src/auth/login.py is held by alice",
        "  error: src/auth/login.py is claimed by alice",
        "  claimed src/auth/login.py until",
        "is not in your HEAD; merge or rebase before you edit",
    ):
        assert said in told.out
    alice, bob = (type(bare_repo)(base / name, bare_repo.env) for name in ("alice", "bob"))
    everything = alice.git("log", "--branches", "--format=%s").splitlines()
    assert "my own login" not in everything
    assert [everything.count(subject) for subject in ("login: new", "login: for two", "first")] == [1, 1, 1]
    assert "alice and bob" in (bob.top / "src/auth/login.py").read_text()
    assert "Coord-Name: bob" in bob.git("log", "-1", "--notes=coord", "--format=%N")
    assert "Coord-Name: alice" in bob.git("log", "--notes=coord", "--format=%N", "-1", "main")
    audit = ["log", "--first-parent", "--reverse", "--format=%s", "refs/coord/ledger", "--", "claims/paths/+src"]
    expected = ["claim src/auth", "release src/auth", "claim src/auth/login.py"]
    assert alice.git(*audit).splitlines() == expected
    for subject in expected:
        assert subject in told.out
    assert alice.here("doctor", "--full").status == 0
    again = bare_repo.here("demo", str(base))
    assert (again.status, again.out, "not an empty directory" in again.err) == (2, "", True)


def test_demo_does_not_write_where_something_is(bare_repo: Repo) -> None:
    """A file in the way is a usage error, for programs too."""
    refused = bare_repo.here("demo", "src/a.py", "--json")
    assert (refused.status, refused.json["reason"]) == (2, "usage")
