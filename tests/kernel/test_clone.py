"""A clone keeps its id where it is moved or restored, and a copy of it is found out."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import Unreadable
from gitcoord.kernel import clone
from gitcoord.kernel.clock import RandomIds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def original(tmp_path: Path) -> Path:
    """The coord directory of a clone that has an id and sessions."""
    directory = tmp_path / "original"
    directory.mkdir()
    clone.create(directory, RandomIds())
    (directory / "roster").write_text("somebody")
    return directory


def test_id_is_made_once(original: Path) -> None:
    """The id is 16 hexadecimal digits, and asking for one again changes neither it nor who is here."""
    known = clone.read(original)
    assert len(known) == 16
    assert int(known, 16) >= 0
    assert clone.create(original, RandomIds()) == clone.read(original) == known
    assert not clone.copied(original)
    assert (original / "roster").exists()
    assert sorted(path.name for path in original.iterdir()) == ["clone", "roster"]


def test_two_clones_have_two_ids(original: Path, tmp_path: Path) -> None:
    """Another clone has another id."""
    other = tmp_path / "other"
    other.mkdir()
    assert clone.create(other, RandomIds()) != clone.read(original)


def test_copy_is_found_out(original: Path, tmp_path: Path) -> None:
    """A copy beside its original may not use the id; `create` gives it its own, without the sessions."""
    known, copy = clone.read(original), tmp_path / "copy"
    shutil.copytree(original, copy)
    assert clone.copied(copy)
    assert not clone.copied(original)
    with pytest.raises(Unreadable, match="was copied") as refused:
        clone.read(copy)
    assert "git coord init" in refused.value.hint
    new = clone.create(copy, RandomIds())
    assert new != known
    assert clone.read(copy) == new
    assert not (copy / "roster").exists()
    assert clone.read(original) == known
    assert (original / "roster").exists()


def test_copy_is_found_out_when_the_original_is_gone(original: Path, tmp_path: Path) -> None:
    """A copy is one too when its original was moved meanwhile."""
    shutil.copytree(original, tmp_path / "copy")
    original.rename(tmp_path / "elsewhere")
    assert clone.copied(tmp_path / "copy")


def test_moved_clone_keeps_its_id(original: Path, tmp_path: Path) -> None:
    """A clone that was moved is the same clone, and so are its sessions."""
    known = clone.read(original)
    moved = original.rename(tmp_path / "moved")
    assert not clone.copied(moved)
    assert clone.read(moved) == clone.create(moved, RandomIds()) == known
    assert (moved / "roster").exists()


def test_restored_clone_keeps_its_id(original: Path, tmp_path: Path) -> None:
    """A backup that is put back in the same place is the same clone."""
    known, backup = clone.read(original), tmp_path / "backup"
    shutil.copytree(original, backup)
    inode = original.stat().st_ino
    original.rename(tmp_path / "away")  # kept, or its inode could come again
    shutil.copytree(backup, original)
    assert original.stat().st_ino != inode
    assert not clone.copied(original)
    assert clone.read(original) == known


def test_link_to_the_directory_is_no_copy(original: Path, tmp_path: Path) -> None:
    """Reached over a symbolic link it is the same clone."""
    link = tmp_path / "link"
    link.symlink_to(original)
    assert clone.read(link) == clone.read(original)


def test_not_set_up(tmp_path: Path) -> None:
    """Where no id was made reading says how to make one."""
    with pytest.raises(Unreadable, match="not set up") as refused:
        clone.read(tmp_path)
    assert "git coord init" in refused.value.hint


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "null", '{"id": "a"}', json.dumps({"inode": 1, "path": "/"})])
def test_damaged_file(original: Path, content: str) -> None:
    """A damaged file is refused with its path; `create` makes it anew, with the id that the roster's sessions have."""
    before = clone.read(original)
    (original / clone.FILE).write_text(content)
    for ask in (clone.read, clone.copied):
        with pytest.raises(Unreadable, match="is damaged") as refused:
            ask(original)
        assert str(original / clone.FILE) in refused.value.message
        assert "git coord init" in refused.value.hint
    assert (original / clone.FILE).read_text() == content
    assert clone.is_damaged(original)
    assert clone.create(original, RandomIds(), known=before) == before == clone.read(original)
    assert (original / "roster").exists()
    (original / clone.FILE).write_text(content)
    assert clone.create(original, RandomIds()) not in ("", before)
    assert not (original / "roster").exists(), "nobody on it is a session of this clone"


def told(original: Path, **facts: str) -> None:
    """Write other facts about the place into the file of a clone."""
    known = json.loads((original / clone.FILE).read_text())
    (original / clone.FILE).write_text(json.dumps({**known, **facts}))


def test_another_machine_is_a_copy(original: Path) -> None:
    """A disk image or a container of the same image keeps path and inode: the machine tells."""
    told(original, machine="another", disk="another")
    assert clone.copied(original)
    with pytest.raises(Unreadable, match="was copied"):
        clone.read(original)


def test_same_disk_seen_from_a_container_is_no_copy(original: Path) -> None:
    """The very same directory is the same clone, also where path and machine read otherwise."""
    told(original, machine="another", path="/workspace/.git/coord")
    assert not clone.copied(original)


def test_clone_follows_a_new_start_of_the_machine(original: Path) -> None:
    """What holds only while the kernel runs is written anew, so that a container is known afterwards, too."""
    known = json.loads((original / clone.FILE).read_text())
    told(original, disk="of the last start")
    assert clone.read(original) == known["id"]
    assert json.loads((original / clone.FILE).read_text()) == known


def test_machine_that_is_not_known_says_nothing(original: Path) -> None:
    """A sandbox that hides the machine-id makes no copy, nor does a file of an older time."""
    told(original, machine="", disk="")
    assert not clone.copied(original)


def test_new_id_on_demand(original: Path) -> None:
    """`renew` gives another id whatever there was, and forgets the sessions."""
    known = clone.read(original)
    assert clone.renew(original, RandomIds()) == clone.read(original) != known
    assert not (original / "roster").exists()
