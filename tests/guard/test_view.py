"""The notes follow the record: what was put on record and has no note gets one, all in one go."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.programs import sealed

from gitcoord.errors import GitFailed
from gitcoord.guard import record, view
from gitcoord.kernel import refname
from gitcoord.kernel.git import Git
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from pathlib import Path

NOTES = refname.NOTES


class Viewed:
    """A repository of three commits, the eldest first, with a record of makers."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.env = sealed(top)
        self.coord = top / ".git" / "coord"
        self.run("init", "-q")
        self.coord.mkdir()
        (top / "file").write_text("somebody's")
        self.git = Git(self.env, cwd=str(top))
        self.commits = [self._commit(name) for name in "abc"]

    def _commit(self, name: str) -> Oid:
        self.run("commit", "-q", "--allow-empty", "-m", name)
        return Oid(self.run("rev-parse", "HEAD"))

    def run(self, *args: str, data: str = "") -> str:
        """Run git, which must succeed."""
        ran = subprocess.run(
            ["git", *args], cwd=self.top, env=self.env, input=data, capture_output=True, text=True, check=True
        )
        return ran.stdout.strip()

    def made(self, commit: Oid, *lines: str) -> None:
        """Put this on record of a commit."""
        record.add(str(self.coord), {commit: lines})

    def settle(self, *shown: Oid) -> None:
        """Write what is owed."""
        view.settle(self.git, str(self.coord), shown)

    @property
    def notes(self) -> dict[str, str]:
        """All notes, by commit."""
        listed = [line.split() for line in self.git.ask("notes", "--ref=coord", "list")[1].decode().splitlines()]
        return {commit: self.run("cat-file", "blob", blob) for blob, commit in listed}

    @property
    def steps(self) -> int:
        """How often the notes were written."""
        return int(self.run("rev-list", "--count", NOTES))


@pytest.fixture
def viewed(tmp_path: Path) -> Viewed:
    """A repository with a record."""
    return Viewed(tmp_path)


def test_what_is_owed_is_written_at_once_and_once(viewed: Viewed) -> None:
    """One commit of notes for all; those that are there stay as they are, and commits that are gone have none."""
    first, second, third = viewed.commits
    viewed.run("notes", "--ref=coord", "add", "-m", "somebody's", first)
    for commit in (*viewed.commits, Oid("1" * 40)):
        viewed.made(commit, f"Coord-Session: of {commit}")
    viewed.made(third, "Coord-Name: bob")
    viewed.settle()
    assert viewed.notes == {
        first: "somebody's",
        second: f"Coord-Session: of {second}",
        third: f"Coord-Session: of {third}\nCoord-Name: bob",
    }
    assert viewed.steps == 2
    viewed.run("update-ref", "-d", NOTES)
    viewed.settle()
    assert viewed.notes == {}, "nothing is looked at twice: a sync puts back what was lost"


def test_only_what_is_new_is_looked_at(viewed: Viewed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit whose note was written just now costs no git; one that is put on record later is found."""
    first, second, _ = viewed.commits
    viewed.made(first, "a")
    with monkeypatch.context() as patched:
        patched.setattr(Git, "ask", None)
        viewed.settle(first)
        viewed.settle()
    viewed.made(second, "b")
    viewed.settle()
    assert viewed.notes == {second: "b"}


@pytest.mark.parametrize("depth", range(4))
def test_a_note_is_found_however_deep_it_stands(viewed: Viewed, depth: int) -> None:
    """Git puts directories above the notes as they become more."""
    commit = viewed.commits[0]
    above = [commit[2 * at : 2 * at + 2] for at in range(depth)]
    tree = viewed.run("mktree", data=f"100644 blob {viewed.run('hash-object', '-w', 'file')}\t{commit[2 * depth :]}\n")
    for name in reversed(above):
        tree = viewed.run("mktree", data=f"040000 tree {tree}\t{name}\n")
    viewed.run("update-ref", NOTES, viewed.run("commit-tree", "-m", "deep", tree))
    viewed.made(commit, "mine")
    viewed.settle()
    assert viewed.steps == 1


@pytest.mark.parametrize("damage", ["renamed", "garbage", "cut"])
def test_a_mark_that_says_nothing_lets_all_be_looked_at(viewed: Viewed, damage: str) -> None:
    """The record was renamed when it was full, or the mark is damaged."""
    first, second, _ = viewed.commits
    viewed.made(first, "a")
    viewed.settle(first)
    mark = viewed.coord / "noted"
    if damage == "renamed":
        (viewed.coord / record.OWN).rename(viewed.coord / f"{record.OWN}.old")
        viewed.made(second, "b")
    else:
        mark.write_bytes({"garbage": b"\xff\0", "cut": mark.read_bytes().split()[0]}[damage])
    viewed.settle()
    assert viewed.notes == {first: "a"} | ({second: "b"} if damage == "renamed" else {})


def test_a_line_that_is_being_written_is_not_passed_over(viewed: Viewed) -> None:
    """What has no line end yet is looked at again."""
    first, second, _ = viewed.commits
    viewed.made(first, "a")
    kept = viewed.coord / record.OWN
    whole = kept.read_text() + f"\n{second}\tb\t.\n"
    kept.write_text(whole[:-9])
    viewed.settle()
    assert viewed.notes == {first: "a"}
    with kept.open("a") as file:
        file.write(whole[-9:])
    viewed.settle()
    assert viewed.notes == {first: "a", second: "b"}


def test_what_cannot_be_written_is_still_owed(viewed: Viewed) -> None:
    """Another program holds the ref."""
    viewed.made(viewed.commits[0], "a")
    lock = viewed.top / ".git" / f"{NOTES}.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    with pytest.raises(GitFailed):
        viewed.settle()
    lock.unlink()
    viewed.settle()
    assert viewed.notes == {viewed.commits[0]: "a"}


def test_whoever_was_killed_long_ago_holds_nobody_up(viewed: Viewed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that says that a note is being written counts for nothing once it is old."""
    monkeypatch.setattr(time, "sleep", pytest.fail)
    busy = viewed.coord / "notes.busy"
    busy.write_text("1\n")
    os.utime(busy, (time.time() - 2 * view.PATIENCE,) * 2)
    view.show(viewed.git, str(viewed.coord), viewed.commits[0], ["a"])
    assert viewed.notes == {viewed.commits[0]: "a"}
    assert busy.read_bytes() == b""
