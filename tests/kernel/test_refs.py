"""Refs are moved by compare-and-swap, and a damaged one is told from one that is not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import Died, Moved, Pruned, Unreadable
from gitcoord.kernel import refs as kernel_refs
from gitcoord.kernel.place import discover
from gitcoord.kernel.refs import ABSENT, Refs, Update
from gitcoord.policy.ids import RefName, StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo

A, B = RefName("refs/coord/a"), RefName("refs/coord/b")


@pytest.fixture
def refs(bare_repo: Repo) -> Iterator[Refs]:
    """The refs of a repository."""
    place = discover(str(bare_repo.top), bare_repo.env)
    opened = Refs(place.store_git, place.store_dir, fsync=False)
    yield opened
    opened.close()


@pytest.fixture
def oids(bare_repo: Repo) -> list[StoreOid]:
    """Three commits."""
    return [StoreOid(bare_repo.git("commit-tree", "-m", str(number), "HEAD^{tree}")) for number in range(3)]


def test_created_moved_and_deleted(refs: Refs, bare_repo: Repo, oids: list[StoreOid]) -> None:
    """A ref is made, moved and deleted, and each is seen by us and by git."""
    one, two, _ = oids
    assert refs.read(A) == ABSENT
    for old, new in ((ABSENT, one), (one, two), (two, ABSENT), (ABSENT, one)):
        refs.update([Update(A, new, old)])
        assert refs.read(A) == new
        assert (bare_repo.git("rev-parse", "-q", "--verify", A, check=False) or ABSENT) == new


@pytest.mark.parametrize("packed", [False, True])
def test_ref_that_is_elsewhere_does_not_move(refs: Refs, bare_repo: Repo, oids: list[StoreOid], packed: bool) -> None:
    """Where the old value is not the one there, nothing is changed or deleted: `Moved`. The next goes through."""
    one, two, three = oids
    refs.update([Update(A, one, ABSENT)])
    if packed:
        bare_repo.git("pack-refs", "--all")
    for new in (three, ABSENT):
        with pytest.raises(Moved) as moved:
            refs.update([Update(A, new, two)])
        assert moved.value.reason == "stale"
    assert refs.read(A) == one
    refs.update([Update(A, two, one)])
    assert refs.read(A) == two


@pytest.mark.parametrize("packed", [False, True])
def test_creation_is_exclusive(refs: Refs, bare_repo: Repo, oids: list[StoreOid], packed: bool) -> None:
    """A ref that is there, loose or packed, is not created again, not even with the same value."""
    one, two, _ = oids
    refs.update([Update(A, one, ABSENT)])
    if packed:
        bare_repo.git("pack-refs", "--all")
    for new in (one, two):
        with pytest.raises(Moved):
            refs.update([Update(A, new, ABSENT)])
    assert refs.read(A) == one


def test_ref_that_is_missing_neither_moves_nor_goes(refs: Refs, oids: list[StoreOid]) -> None:
    """A ref that was expected and is not there is `Moved`, for a move and for a deletion."""
    one, two, _ = oids
    for new in (two, ABSENT):
        with pytest.raises(Moved):
            refs.update([Update(A, new, one)])
    assert refs.read(A) == ABSENT


def test_all_refs_move_or_none(refs: Refs, oids: list[StoreOid]) -> None:
    """One ref that is elsewhere keeps all the others of the transaction where they are."""
    one, two, three = oids
    refs.update([Update(A, one, ABSENT), Update(B, one, ABSENT)])
    with pytest.raises(Moved):
        refs.update([Update(A, two, one), Update(B, two, three), Update(RefName("refs/coord/c"), two, ABSENT)])
    assert refs.list("refs/coord/") == {A: one, B: one}
    refs.update([Update(A, two, one), Update(B, ABSENT, one), Update(RefName("refs/coord/c"), three, ABSENT)])
    assert refs.list("refs/coord/") == {A: two, "refs/coord/c": three}


def test_list_is_of_the_prefix_only(refs: Refs, oids: list[StoreOid]) -> None:
    """Only refs below the prefix are listed; none is an empty answer."""
    refs.update([Update(RefName("refs/coord/s/x"), oids[0], ABSENT), Update(RefName("refs/coord/sy"), oids[1], ABSENT)])
    assert refs.list("refs/coord/s/") == {"refs/coord/s/x": oids[0]}
    assert refs.list("refs/nothing/") == {}


def test_object_that_is_missing(refs: Refs, oids: list[StoreOid]) -> None:
    """A ref is not set to an object that is not there: `Pruned`; the others of the transaction stay."""
    refs.update([Update(A, oids[0], ABSENT)])
    with pytest.raises(Pruned, match="nonexistent object"):
        refs.update([Update(A, oids[1], oids[0]), Update(B, StoreOid("1" * 40), ABSENT)])
    assert refs.list("refs/coord/") == {A: oids[0]}


def test_ref_whose_object_is_gone_still_reads(refs: Refs, bare_repo: Repo, oids: list[StoreOid]) -> None:
    """What a ref names is told even where the object is gone: the journal may have it."""
    one = oids[0]
    refs.update([Update(A, one, ABSENT)])
    (bare_repo.top / ".git" / "objects" / one[:2] / one[2:]).unlink()
    assert refs.read(A) == one


@pytest.mark.parametrize("content", ["", "rubbish\n", "0123456789\n", "0" * 40 + "\n", "ref: refs/coord/nowhere\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_damaged_ref_is_not_a_missing_one(
    refs: Refs, bare_repo: Repo, oids: list[StoreOid], content: str, packed: bool
) -> None:
    """A ref file that names nothing (a power cut leaves it empty) is `Unreadable`, even over a packed old value."""
    refs.update([Update(A, oids[0], ABSENT)])
    if packed:
        bare_repo.git("pack-refs", "--all")
    file = Path(bare_repo.top, ".git", A)
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    with pytest.raises(Unreadable, match="is damaged") as refused:
        refs.read(A)
    assert str(file) in refused.value.message
    assert "git coord init" in refused.value.hint
    assert refs.damaged("refs/coord") == [A]
    assert refs.read(B) == ABSENT, "the programs go on"


@pytest.mark.parametrize("content", ["", "rubbish\n"])
def test_damaged_ref_is_not_written_over(refs: Refs, bare_repo: Repo, oids: list[StoreOid], content: str) -> None:
    """Whatever is expected of a damaged ref, it is refused and stays as it is."""
    file = Path(bare_repo.top, ".git", A)
    file.parent.mkdir()
    file.write_text(content)
    for old in (ABSENT, oids[1]):
        with pytest.raises((Moved, Unreadable)):
            refs.update([Update(A, oids[0], old)])
    assert file.read_text() == content


@pytest.mark.parametrize("leave", [(), (A,)])
def test_empty_directory_is_no_ref(refs: Refs, bare_repo: Repo, oids: list[StoreOid], leave: tuple[str, ...]) -> None:
    """An empty directory in a ref's place, as git leaves them, is absence, and gives way to a ref."""
    for name in leave:
        Path(bare_repo.top, ".git", name, "deeper").mkdir(parents=True)
    assert refs.read(A) == ABSENT
    refs.update([Update(A, oids[0], ABSENT)])
    assert refs.read(A) == oids[0]


def test_others_packing_and_moving_is_seen(refs: Refs, bare_repo: Repo, oids: list[StoreOid]) -> None:
    """Programs that were started before see at once what other programs pack, move and delete."""
    one, two, three = oids
    refs.update([Update(A, one, ABSENT), Update(B, one, ABSENT)])
    for old, new in ((one, two), (two, three), (three, one)):
        bare_repo.git("pack-refs", "--all", "--prune")
        assert refs.read(A) == old
        bare_repo.git("update-ref", A, new)
        assert refs.read(A) == new
    bare_repo.git("pack-refs", "--all", "--prune")
    bare_repo.git("update-ref", "-d", B)
    assert refs.read(B) == ABSENT
    with pytest.raises(Moved):
        refs.update([Update(B, two, one)])
    refs.update([Update(A, two, one), Update(B, two, ABSENT)])
    assert refs.list("refs/coord/") == {A: two, B: two}


def test_packed_refs_of_the_same_second_are_seen(refs: Refs, bare_repo: Repo, oids: list[StoreOid]) -> None:
    """Packed refs that changed within a second, keeping size and inode, are read anew; git alone would not notice."""
    refs.update([Update(A, oids[0], ABSENT)])
    bare_repo.git("pack-refs", "--all", "--prune")
    packed = Path(bare_repo.top, ".git", "packed-refs")
    for old, new in ((oids[0], oids[1]), (oids[1], oids[2])):
        assert refs.read(A) == old
        packed.write_text(packed.read_text().replace(old, new))
        assert refs.read(A) == new


@pytest.mark.parametrize("where", ["refs/", "refs/heads/", "refs/tags/", "refs/remotes/"])
def test_branch_of_that_name_is_another_ref(refs: Refs, bare_repo: Repo, oids: list[StoreOid], where: str) -> None:
    """A branch or tag that is called `refs/coord/a` is not the ref `refs/coord/a`, be that missing, packed or loose."""
    bare_repo.git("update-ref", where + A, oids[0])
    assert refs.read(A) == ABSENT
    refs.update([Update(A, oids[1], ABSENT)])
    assert refs.read(A) == oids[1]
    bare_repo.git("pack-refs", "--all")
    assert refs.read(A) == oids[1]
    refs.update([Update(A, ABSENT, oids[1])])
    assert refs.read(A) == ABSENT


def test_closed_programs_start_again(refs: Refs, oids: list[StoreOid]) -> None:
    """After `close`, and after the programs were killed, reading and moving go on."""
    refs.update([Update(A, oids[0], ABSENT)])
    assert refs.read(A) == oids[0]
    refs.close()
    refs.update([Update(A, oids[1], oids[0])])
    assert refs.read(A) == oids[1]


def test_ref_with_a_file_of_its_own_is_read_without_git(refs: Refs, bare_repo: Repo, oids: list[StoreOid]) -> None:
    """It comes before the packed refs, which are read as well; where it names another ref git is asked."""
    refs.update([Update(A, oids[0], ABSENT)])
    bare_repo.git("pack-refs", "--all")
    assert refs.read(A) == oids[0]
    refs.update([Update(A, oids[1], oids[0])])
    refs.close()
    assert refs.read_all(A, A) == [oids[1]] * 2
    bare_repo.git("pack-refs", "--all")
    assert refs.read_all(A, RefName("refs/coord/none")) == [oids[1], ABSENT]
    assert refs._reader is None, "no program was started"
    bare_repo.git("symbolic-ref", "refs/coord/other", A)
    assert refs.read_all(RefName("refs/coord/other"), RefName("refs/coord/none"), A) == [oids[1], ABSENT, oids[1]]
    assert refs._reader is not None


def test_program_that_was_killed_is_no_absence(refs: Refs, bare_repo: Repo, oids: list[StoreOid]) -> None:
    """When the reading program is killed the next read is `Unreadable`, not `ABSENT`; the one after it answers."""
    refs.update([Update(A, oids[0], ABSENT)])
    bare_repo.git("pack-refs", "--all")
    bare_repo.git("symbolic-ref", "refs/coord/other", A)
    refs.read(RefName("refs/coord/other"))
    assert refs._reader is not None
    refs._reader.kill()
    refs._reader.wait()
    with pytest.raises(Unreadable, match="without an answer"):
        refs.read(A)
    assert refs.read(A) == oids[0]


def test_writer_that_was_killed_has_died(refs: Refs, oids: list[StoreOid]) -> None:
    """When the writing program is killed the update is neither done nor refused: `Died`. The next one goes through."""
    refs.update([Update(A, oids[0], ABSENT)])
    assert refs._writer is not None
    refs._writer.kill()
    refs._writer.wait()
    with pytest.raises(Died):
        refs.update([Update(A, oids[1], oids[0])])
    refs.update([Update(A, oids[2], oids[0])])
    assert refs.read(A) == oids[2]


def test_name_that_git_refuses(refs: Refs, oids: list[StoreOid]) -> None:
    """A name that is no ref's is refused with git's reason."""
    with pytest.raises(Unreadable, match="nothing was recorded"):
        refs.update([Update(RefName("refs/coord/a..b"), oids[0], ABSENT)])


def test_directory_and_file_conflict(refs: Refs, bare_repo: Repo, oids: list[StoreOid]) -> None:
    """`a` and `a/b` are not both refs; the second is refused, and not taken for a lock to wait for."""
    refs.update([Update(A, oids[0], ABSENT)])
    bare_repo.git("pack-refs", "--all")
    with pytest.raises(Unreadable, match=r"refs/coord/a/b"):
        refs.update([Update(RefName(A + "/b"), oids[0], ABSENT)])
    assert refs.list("refs/coord/") == {A: oids[0]}


def test_lock_of_another_is_waited_for_and_named(
    refs: Refs, bare_repo: Repo, oids: list[StoreOid], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock file that stays is refused after the limit with its path; the lock is left, and nothing was moved."""
    monkeypatch.setattr(kernel_refs, "PATIENCE", 0.2)
    lock = Path(bare_repo.top, ".git", A + ".lock")
    lock.parent.mkdir()
    lock.touch()
    with pytest.raises(Unreadable, match="keeps a lock") as refused:
        refs.update([Update(A, oids[0], ABSENT)])
    assert str(lock) in refused.value.message
    assert lock.exists()
    assert refs.read(A) == ABSENT
