"""What was written lately goes into packs, and nothing is lost on the way, wherever it stops."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.torture import every
from support.waiting import until

from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import release
from gitcoord.domain.session import identity, start
from gitcoord.kernel import coordfile, lock, packing
from gitcoord.kernel.git import Git
from gitcoord.kernel.objects import Objects
from gitcoord.policy.ids import StoreOid
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from conftest import Repo

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace


def session_of(workspace: Workspace) -> Session:
    """Start a session."""
    started = start.start(workspace, start.Request(name="worker"))
    return identity.named(workspace, workspace.ledger.state(), started.session)


def work(workspace: Workspace, me: Session, rounds: int = 5) -> None:
    """Claim and release."""
    for number in range(rounds):
        scopes = (Scope("file", f"d{number}/f.py"),)
        assert claim.acquire(workspace, me, claim.Request(scopes)).result == "won"
        release.release(workspace, me, scopes, "", everything=False)


def pack(workspace: Workspace) -> int:
    """Pack as a command does."""
    return packing.pack(workspace.ledger.store, workspace.place.store_git)


def loose(workspace: Workspace) -> int:
    """How many loose objects there are."""
    return len(list(workspace.ledger.store.objects.directory.glob("??/*")))


def packs(workspace: Workspace) -> list[Path]:
    """The packs that are there."""
    return list(workspace.ledger.store.objects.directory.glob("pack/*.pack"))


def sound(workspace: Workspace) -> None:
    """Git finds whatever refs reach."""
    workspace.place.git.run("fsck", "--connectivity-only", "--no-dangling")
    workspace.place.git.run("rev-list", "--objects", "--all")


def test_what_refs_name_is_packed_and_no_longer_loose(workspace: Workspace) -> None:
    """The ledger and the logs are in one pack; what no ref names stays for git to remove."""
    me = session_of(workspace)
    garbage = workspace.ledger.store.objects.write("blob", b"nobody names this")
    workspace.ledger.store.objects.abandon()
    work(workspace, me)
    before = loose(workspace)
    assert pack(workspace) > 50
    assert loose(workspace) < before / 5
    assert workspace.ledger.store.objects.read(garbage)[1] == b"nobody names this"
    assert len(packs(workspace)) == 1
    sound(workspace)
    work(workspace, me)
    assert pack(workspace) > 50, "again only what is new"
    sound(workspace)


def test_packs_stay_few(workspace: Workspace) -> None:
    """However often it is packed, the number of packs grows with the logarithm; git's limit is 50."""
    me = session_of(workspace)
    for _ in range(12):
        work(workspace, me, 2)
        assert pack(workspace)
    assert len(packs(workspace)) <= 4
    sound(workspace)


def test_a_pack_that_somebody_keeps_stays(workspace: Workspace) -> None:
    """Neither a pack with a .keep file nor one that a multi-pack-index knows is taken away."""
    me = session_of(workspace)
    work(workspace, me, 2)
    pack(workspace)
    (kept,) = packs(workspace)
    keep = kept.with_suffix(".keep")
    keep.touch()
    work(workspace, me, 4)
    pack(workspace)
    assert kept in packs(workspace)
    keep.unlink()
    workspace.place.git.run("multi-pack-index", "write")
    work(workspace, me, 8)
    pack(workspace)
    assert kept in packs(workspace)
    workspace.place.git.run("multi-pack-index", "verify")
    sound(workspace)


@pytest.mark.slow
@pytest.mark.parametrize("step", every(2, range(20)))
def test_who_stops_at_any_step_loses_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Ended before the N-th git or moved or removed file: everything is there, and the next one finishes the work.

    No pack is left that the mark does not name: such a one would never be taken into a larger one.
    """
    me = session_of(workspace)
    run, unlink, replace = Git.run, Path.unlink, Path.replace
    left = [0]

    def count() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt

    def git(self: Git, *args: str, **more: Any) -> bytes:
        count()
        return run(self, *args, **more)

    def remove(self: Path, **more: Any) -> None:
        count()
        unlink(self, **more)

    def move(self: Path, target: Path) -> Path:
        count()
        return replace(self, target)

    for _ in range(2):  # the second has an elder pack to take in
        work(workspace, me, 3)
        left[0] = step
        with monkeypatch.context() as patch:
            patch.setattr(Git, "run", git)
            patch.setattr(Path, "unlink", remove)
            patch.setattr(Path, "replace", move)
            try:
                pack(workspace)
                stopped = False
            except KeyboardInterrupt:
                stopped = True
        assert stopped or step > 4
        sound(workspace)
        pack(workspace)
        sound(workspace)
        assert loose(workspace) < 15
        known = {name for name, _ in packing.Mark.load(workspace.place.coord_dir).packs}
        assert {path.stem for path in packs(workspace)} == known
        assert not (workspace.ledger.store.objects.directory / packing.STAGE).exists()
    assert workspace.ledger.state().json("meta.json")


def test_what_a_prune_took_is_written_again_from_the_journal(workspace: Workspace) -> None:
    """An object of the last operations is missing: the journal has it, and it is packed with the others."""
    me = session_of(workspace)
    work(workspace, me)
    tip = workspace.place.git.text("rev-parse", "refs/coord/ledger~3^{tree}")
    (workspace.ledger.store.objects.directory / tip[:2] / tip[2:]).unlink()
    assert pack(workspace) > 50
    sound(workspace)


def test_no_writer_waits_for_a_look_through_the_journal(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a prune took is looked for with low priority, so outside of the writer lock; it is written again inside."""
    me = session_of(workspace)
    work(workspace, me)
    store = workspace.ledger.store
    tip = workspace.place.git.text("rev-parse", "refs/coord/ledger~3^{tree}")
    (store.objects.directory / tip[:2] / tip[2:]).unlink()
    sound_, seen = Objects._sound, []

    def free(objects: Objects, oid: str) -> bool:
        with lock.held(store.directory / coordfile.LOCK, 0):
            seen.append(oid)
        return sound_(objects, StoreOid(oid))

    monkeypatch.setattr(Objects, "_sound", free)
    store.heal()
    assert tip in seen
    sound(workspace)


def test_one_process_packs_at_a_time(workspace: Workspace) -> None:
    """Who finds another at it leaves it to that one."""
    work(workspace, session_of(workspace))
    with lock.held(workspace.place.coord_dir / packing.LOCK, 1):
        assert pack(workspace) == 0
    assert pack(workspace) > 0


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"{}", b'{"inode":"x"}', b"[" * 5000])
def test_a_damaged_mark_is_as_good_as_none(workspace: Workspace, content: bytes) -> None:
    """Everything counts as new, then."""
    me = session_of(workspace)
    work(workspace, me)
    pack(workspace)
    (workspace.place.coord_dir / packing.FILE).write_bytes(content)
    work(workspace, me)
    assert pack(workspace) > 50
    sound(workspace)


def test_it_is_due_after_so_much_was_written(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted from the last time, also when the journal has changed files meanwhile."""
    monkeypatch.setattr(packing, "PAUSE", 0)
    monkeypatch.setattr(packing, "DUE", 40_000)
    directory, store = workspace.place.coord_dir, workspace.place.store_dir
    me = session_of(workspace)
    assert not packing.is_due(directory, store)
    work(workspace, me, 12)
    assert packing.is_due(directory, store)
    pack(workspace)
    assert not packing.is_due(directory, store)
    workspace.ledger.store.objects.close()
    (directory / "journal").replace(directory / "journal.old")
    assert not packing.is_due(directory, store)
    work(workspace, me, 12)
    assert packing.is_due(directory, store)


def test_a_command_packs_in_the_background(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it; with coord.pack = false nobody does it."""
    alice = repo.start("alice")
    monkeypatch.setattr(packing, "DUE", 1)
    monkeypatch.setattr(packing, "PAUSE", 0)
    directory = repo.top / ".git/objects/pack"
    repo.git("config", "coord.pack", "false")
    repo.here("claim", "src", session=alice, check=True)
    time.sleep(0.3)
    assert not list(directory.glob("*.pack"))
    repo.git("config", "coord.pack", "true")
    repo.here("release", "src", session=alice, check=True)
    until(lambda: (repo.top / ".git/coord" / packing.FILE).exists(), "nobody packed")
    assert list(directory.glob("*.pack"))
    assert repo.here("claim", "src", session=alice).status == 0
