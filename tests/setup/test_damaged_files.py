"""Every file of the coord directory, damaged in every way: nobody sees a bug, `doctor` names it, `init` heals it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES, every
from support.waiting import until

from gitcoord.kernel import coordfile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Repo

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"

CONTENT: dict[str, Callable[[bytes], bytes]] = {
    "nuls": lambda whole: b"\0" * max(64, len(whole)),
    "short": lambda whole: whole[: len(whole) // 2],
    "empty": lambda whole: b"",
    "garbage": lambda whole: b"\xff\xfe{garbage]\x01\n" * 20,
}
PLACE = ("directory", "unreadable")
SELDOM = ("short", "empty", "garbage", "unreadable")
"""What only the long run tries."""


class Damaged:
    """A repository in which much has happened, as it was before each damage."""

    def __init__(self, repo: Repo, *, hub: bool) -> None:
        self.repo = repo
        self.git_dir = repo.top / ".git"
        self.coord = self.git_dir / "coord"
        if hub:
            path = str(repo.top.parent / "hub.git")
            repo.git("init", "-q", "--bare", path)
            repo.git("remote", "add", "origin", path)
            repo.git("push", "-q", "origin", "main")
        repo.here("init", *(("--hub", "origin") if hub else ()), check=True)
        self.alice, self.bob = repo.start("alice"), repo.start("bob")
        repo.here("claim", "src/a.py", session=self.alice, check=True)
        repo.here("claim", "src/b.py", session=self.bob, check=True)
        repo.here("send", "alice", "hello", session=self.bob, check=True)
        repo.here("claim", "src/b.py", "--override", "-m", "x", session=self.alice, check=True)
        repo.here("inbox", session=self.alice)
        repo.here("inbox", session=self.bob)
        repo.commit("src/a.py", session=self.alice, check=True)
        repo.here("commit", "-m", "nothing", session=self.alice)
        self.kept = repo.top.parent / "kept"
        shutil.copytree(self.git_dir, self.kept, symlinks=True)

    def files(self) -> list[str]:
        """Every file of the coord directory, but for those of the hooks: whatever the program has made there."""
        self.restore()
        found = (path.relative_to(self.coord) for path in sorted(self.coord.rglob("*")) if path.is_file())
        return [str(path) for path in found if path.parts[0] not in ("hooks", "hooks-path", "store.git")]

    def restore(self) -> None:
        """Make everything as it was."""

        def gone() -> bool:
            shutil.rmtree(self.git_dir, ignore_errors=True)
            return not self.git_dir.exists()

        until(gone, "a process that a command left behind goes on writing")
        shutil.copytree(self.kept, self.git_dir, symlinks=True)

    def damage(self, name: str, how: str) -> None:
        """Damage a file."""
        path = self.coord / name
        if how in CONTENT:
            path.write_bytes(CONTENT[how](path.read_bytes()))
        else:
            path.unlink()
            if how == "directory":
                path.mkdir()
                (path / "inside").write_text("kept")
            else:  # a link to itself: nobody can open it, root neither
                path.symlink_to(path.name)

    def work(self) -> Iterator[tuple[str, int, str]]:
        """Run the main commands: each with its exit status, and what it said."""
        alice = self.alice
        for words in (("claim", "docs"), ("status",), ("check", "src/a.py"), ("release", "docs"), ("inbox",)):
            ran = self.repo.here(*words, session=alice)
            yield words[0], ran.status, ran.err
        if TIMES > 1:
            ran = self.repo.here("sync", session=alice)
            yield "sync", ran.status, ran.err
        committed = self.repo.commit("src/a.py", session=alice)
        yield "commit", committed.status, committed.err


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory, shared_bare_repo: Repo) -> Damaged:
    """One repository for all damages; with a hub in the long run."""
    return Damaged(shared_bare_repo, hub=TIMES > 1)


@pytest.mark.slow
@pytest.mark.parametrize("how", [how for how in (*CONTENT, *PLACE) if TIMES > 1 or how not in SELDOM])
def test_any_damage_is_named_and_healed(damaged: Damaged, how: str) -> None:
    """Commands work or say with exit 3 what is damaged; a commit is refused at most; `init` makes all of it work."""
    wrong = [fault for name in every(12, damaged.files()) for fault in faults(damaged, name, how)]
    assert not wrong, "\n".join(wrong)


def faults(damaged: Damaged, name: str, how: str) -> Iterator[str]:
    """What goes wrong with this file damaged so."""
    damaged.restore()
    damaged.damage(name, how)
    stopped = False
    for command, status, said in damaged.work():
        # The hook refuses with 1; there is nothing to release where the claim was not made.
        refused = status == 1 and (command == "commit" or (command == "release" and stopped))
        if "Traceback" in said or not (status in (0, 3) or refused):
            yield f"{name}: {command}: {status} {said}"
        elif status != 0 and name.partition("/")[0] not in said and command != "release":
            yield f"{name}: {command} does not name it: {said}"
        stopped = stopped or status != 0
    found = damaged.repo.here("doctor")
    if found.status not in (0, 3) or "Traceback" in found.err:
        yield f"{name}: doctor: {found.status} {found.err}"
    if stopped and name not in found.out:
        yield f"{name}: doctor does not name it: {found.out}"
    healed = damaged.repo.here("init")
    if healed.status != 0:
        yield f"{name}: init: {healed.status} {healed.err}"
    for command, status, said in damaged.work():
        if status != 0:
            yield f"{name}: after init: {command}: {status} {said}"
    last = damaged.repo.here("doctor")
    if last.status != 0:
        yield f"{name}: doctor after init: {last.out}"


def test_nothing_that_stood_in_the_place_of_a_file_is_lost(damaged: Damaged) -> None:
    """A directory that somebody put there is moved, with all that is in it."""
    damaged.restore()
    damaged.damage("roster", "directory")
    assert "moved to damaged/roster-1" in damaged.repo.here("init", check=True).out
    assert (damaged.coord / "damaged" / "roster-1" / "inside").read_text() == "kept"


def test_every_file_of_the_reference_is_known() -> None:
    """What is documented as a file, and what is looked at for whether it is one, are the same."""
    section = REFERENCE.read_text().partition("\n## Files\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.M)
    names = {name for row in rows for name in re.findall(r"`([^`]+)`", row) if "<" not in name}
    files = {name for name in names if not name.endswith("/") and name != "store.git"}
    views = {"chronicle-wal", "chronicle-shm", "radar-wal", "radar-shm"}  # SQLite's own, gone when nobody reads
    assert files - views == coordfile.FILES


def test_every_file_that_is_made_is_known(damaged: Damaged) -> None:
    """A new file of the program has to be named where damage is looked for."""
    tops = {name.partition("/")[0] for name in damaged.files()}
    tops = {name for name in tops if not re.fullmatch(r"commit-.*\.lock|index\..*|chronicle-(wal|shm)", name)}
    assert tops <= coordfile.FILES | coordfile.DIRECTORIES
