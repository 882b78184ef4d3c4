"""Disks that are full, read-only or damaged: a clear refusal, exit 3, never a false success, and work afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES

from gitcoord.domain.session import start
from gitcoord.errors import CannotTell, CoordError
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId

from .conftest import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rig import Arena


def _mounted(at: Path, *options: str) -> None:
    at.mkdir()
    ran = subprocess.run(["mount", *options, str(at)], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        pytest.skip(f"cannot mount here (needs root): {ran.stderr.strip()}")


@pytest.fixture
def small(tmp_path: Path, env: dict[str, str]) -> Iterator[Arena]:
    """A repository on a file system of three megabytes."""
    at = tmp_path / "small"
    _mounted(at, "-t", "tmpfs", "-o", "size=3m", "tmpfs")
    try:
        yield build(at / "arena", env)
    finally:
        subprocess.run(["umount", "-l", str(at)], check=False)


def _fill(at: Path, leave: int) -> None:
    free = os.statvfs(at)
    room = free.f_bavail * free.f_frsize - leave
    with (at / "filler").open("wb") as file:
        file.write(b"x" * max(0, room))


@pytest.mark.parametrize("leave", [0, 4096, 16384, 49152] if TIMES == 1 else range(0, 80_000, 4096))
def test_full_disk_is_no_success(small: Arena, leave: int) -> None:
    """With so many bytes left some command says exit 3; what was acknowledged stays; with room again work goes on."""
    (who,) = small.sessions("a")
    small.coord("claim", "src", who=who, check=True)
    _fill(small.top.parent, leave)
    acked, failed = 0, False
    for number in range(40):
        ran = small.coord("number", "n", "--json", who=who)
        assert ran.status in (0, 3), f"{ran.status}: {ran.out}{ran.err}"
        if ran.status == 3:
            failed = True
            assert "Traceback" not in ran.err
            break
        acked += 1
        assert f'"number": {number + 1}' in ran.out
    assert failed, "the disk was never full"
    assert "src" in small.coord("claims").out, "reading needs no room"
    (small.top.parent / "filler").unlink()
    small.coord("claim", "docs", who=who, check=True)
    got = small.coord("number", "n", "--json", who=who, check=True)
    numbers = [verdict for _, _, verdict in small.operations() if "value" in verdict]
    assert len(numbers) in (acked + 1, acked + 2), "the refused one may be pending, no more"
    assert f'"number": {len(numbers)}' in got.out
    small.sound()


# --- read-only


@pytest.mark.parametrize("what", ["all", "refs", "objects"])
def test_read_only_git_directory_is_exit_3(arena: Arena, tmp_path: Path, what: str) -> None:
    """Where nothing can be written a command says so with exit 3 and what helps; reading works."""
    a, b = arena.sessions("a", "b")
    arena.coord("claim", "src", who=a, check=True)
    arena.coord("claim", "src", "--override", "-m", "mine", who=b, check=True)  # leaves a notice for a
    target = {"all": arena.git_dir, "refs": arena.git_dir / "refs", "objects": arena.git_dir / "objects"}[what]
    ran = subprocess.run(["mount", "--bind", str(target), str(target)], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        pytest.skip(f"cannot mount here (needs root): {ran.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(target)], check=True)
        for who in (a, b):
            refused = arena.coord("claim", "docs", who=who)
            assert refused.status == 3, refused.err
            assert "Traceback" not in refused.err
            assert "error:" in refused.err
        assert "Read-only" in refused.err or "read-only" in refused.err, refused.err
        read = arena.coord("claims", who=a)
        assert (read.status, "src" in read.out) == (0, True), read.err
        assert "Traceback" not in read.err
    finally:
        subprocess.run(["umount", "-l", str(target)], check=True)
    arena.coord("claim", "docs", who=a, check=True)
    arena.sound()


def test_git_directory_of_another_user_is_exit_3(arena: Arena, tmp_path: Path) -> None:
    """An account that may read but not write gets exit 3, and can list the claims."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("becoming another user needs root and setpriv")
    (who,) = arena.sessions("a")
    arena.coord("claim", "src", who=who, check=True)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == 0 and path.stat().st_mode & 0o055 != 0o055 and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    trusting = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    if arena.run(*nobody, "git", "coord", "--version", check=False).returncode != 0:
        pytest.skip("another user cannot reach this interpreter")
    refused = arena.run(*nobody, "git", "coord", "claim", "docs", check=False, GIT_COORD_SESSION=who, **trusting)
    assert refused.returncode == 3, refused.stderr
    assert "Traceback" not in refused.stderr
    read = arena.run(*nobody, "git", "coord", "claims", check=False, **trusting)
    assert read.returncode == 0, read.stderr
    assert "src" in read.stdout


# --- damage


def _loose(arena: Arena, oid: str) -> Path:
    return arena.git_dir / "objects" / oid[:2] / oid[2:]


def _forget(arena: Arena) -> None:
    for name in ("journal", "journal.old"):
        (arena.git_dir / "coord" / name).unlink(missing_ok=True)


def _refused(arena: Arena, who: str) -> None:
    for words in (("claim", "docs"), ("release", "--all"), ("claims",), ("check", "src"), ("sessions",)):
        ran = arena.coord(*words, who=who)
        assert ran.status == 3, f"{words}: {ran.status} {ran.out}{ran.err}"
        assert "error:" in ran.err
        assert "Traceback" not in ran.err
        assert len(ran.err) < 1000


def _parts(arena: Arena) -> dict[str, str]:
    return {
        "commit": arena.git("rev-parse", LEDGER),
        "tree": arena.git("rev-parse", f"{LEDGER}^{{tree}}"),
        "blob": arena.git("rev-parse", f"{LEDGER}:meta.json"),
    }


_FOREIGN = b"x\x9cK\xca\xc9OR0e\xc8H\xcd\xc9\xc9\x07\x00\x1f\xee\x05\xed"  # another object's bytes: blob "hello"


def _damage(path: Path, how: str) -> None:
    whole = path.read_bytes()
    path.unlink()
    if how != "missing":
        content = {"empty": b"", "truncated": whole[:20], "garbled": b"x" * 60, "foreign": _FOREIGN}[how]
        path.write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["missing", "empty", "truncated", "garbled", "foreign"])
@pytest.mark.parametrize("part", ["commit", "tree", "blob"] if TIMES > 1 else ["commit", "blob"])
def test_damaged_object_comes_back_from_the_journal(arena: Arena, part: str, damage: str) -> None:
    """A damaged or missing object of the ledger is written again from the journal by whoever needs it."""
    (who,) = arena.sessions("a")
    arena.coord("claim", "src", who=who, check=True)
    _damage(_loose(arena, _parts(arena)[part]), damage)
    arena.coord("claim", "docs", who=who, check=True)
    assert "src" in arena.coord("claims", who=who, check=True).out
    arena.operations()
    arena.sound()


@pytest.mark.parametrize(
    "damage", ["missing", "empty", "truncated", "garbled"] if TIMES > 1 else ["missing", "truncated"]
)
@pytest.mark.parametrize("part", ["commit", "tree"])
def test_damaged_object_without_journal_is_exit_3(arena: Arena, part: str, damage: str) -> None:
    """With the journal gone too, commands and reads refuse with exit 3 and say what is wrong; nothing is made up."""
    (who,) = arena.sessions("a")
    arena.coord("claim", "src", who=who, check=True)
    path = _loose(arena, _parts(arena)[part])
    whole = path.read_bytes()
    _damage(path, damage)
    _forget(arena)
    tip = (arena.git_dir / LEDGER).read_text()
    _refused(arena, who)
    assert (arena.git_dir / LEDGER).read_text() == tip
    path.unlink(missing_ok=True)
    path.write_bytes(whole)
    arena.coord("claim", "docs", who=who, check=True)
    arena.sound()


@pytest.mark.slow
@pytest.mark.parametrize("content", ["", "garbage\n", "ref: refs/coord/nowhere\n", "0" * 40 + "\n", "abc"])
def test_damaged_ledger_ref_is_exit_3(arena: Arena, content: str) -> None:
    """A zero-byte or garbled ledger ref is named, and is not taken for a ledger that was never there."""
    (who,) = arena.sessions("a")
    arena.coord("claim", "src", who=who, check=True)
    ref = arena.git_dir / LEDGER
    before = ref.read_text()
    ref.write_text(content)
    _refused(arena, who)
    said = arena.coord("claims", who=who).err
    assert "ledger" in said
    assert arena.coord("init").status != 0 or ref.read_text() in (content, before), "init began another ledger"
    ref.write_text(before)
    arena.coord("claim", "docs", who=who, check=True)
    arena.sound()


def test_damaged_log_ref_stops_only_its_session(arena: Arena) -> None:
    """A zero-byte log ref is mended by what its session writes next; another one works meanwhile."""
    a, b = arena.sessions("a", "b")
    (arena.git_dir / log_ref(SessionId(a))).write_text("")
    arena.coord("claim", "docs", who=b, check=True)
    arena.coord("claim", "src", who=a, check=True)
    arena.sound()


@pytest.mark.parametrize("tail", [b"torn", b"a" * 40 + b" blob 999999\nxx", b"\0" * 100, b"a" * 40 + b" blob 3\nabc\n"])
def test_torn_journal_still_brings_back_what_came_later(arena: Arena, tail: bytes) -> None:
    """A record that a crash tore hides neither what stands before it nor what was written after."""
    (who,) = arena.sessions("a")
    with (arena.git_dir / "coord" / "journal").open("ab") as journal:
        journal.write(tail)
    arena.coord("claim", "src", who=who, check=True)
    _loose(arena, arena.git("rev-parse", LEDGER)).unlink()
    arena.coord("claim", "docs", who=who, check=True)
    arena.sound()


def test_missing_packed_ledger_object_is_not_no_ledger(arena: Arena) -> None:
    """A ledger whose ref is packed and whose commit is lost is a damaged ledger, not one that was never begun."""
    (who,) = arena.sessions("a")
    arena.git("pack-refs", "--all", "--prune")
    _loose(arena, arena.git("rev-parse", LEDGER)).unlink()
    saved = {name: (arena.git_dir / "coord" / name).read_bytes() for name in ("journal",)}
    _forget(arena)
    ran = arena.coord("claims", who=who)
    assert ran.status == 3
    assert "missing" in ran.err
    for name, content in saved.items():
        (arena.git_dir / "coord" / name).write_bytes(content)
    arena.coord("claim", "src", who=who, check=True)
    arena.sound()


def test_clone_file_that_is_damaged_is_exit_3(arena: Arena) -> None:
    """Damage to a file of ours is named, with what helps."""
    (arena.git_dir / "coord" / "clone").write_text("{")
    ran = arena.coord("claims")
    assert ran.status == 3
    assert "clone" in ran.err


def test_journals_of_two_processes_take_turns_together(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """When one process changes the journal's turns the other follows; nothing recorded lately is dropped."""
    monkeypatch.setattr("gitcoord.kernel.journal.FULL", 6000)
    a, b = arena.sessions("a", "b")
    with arena.opened() as one, arena.opened() as other:
        for number in range(30):
            for workspace, who in ((one, a), (other, b)):
                done = workspace.ledger.record(SessionId(who), Draft("number", "number", {"name": f"n{number}"}))
                kept = workspace.ledger.store.objects._journal.find(done.outcomes[0].event.oid)
                assert kept is not None
                assert kept[0] == "commit"
                last = workspace.ledger.tip()
                for opened in (one, other):
                    assert opened.ledger.store.objects._journal.find(last) is not None
    arena.sound()


def test_errors_of_the_kernel_are_the_ones_that_mean_unknown(arena: Arena) -> None:
    """A program that works through the library gets `CannotTell`, never a bare `OSError`."""
    (who,) = arena.sessions("a")
    logs = (arena.git_dir / log_ref(SessionId(who))).parent
    shutil.rmtree(logs)
    logs.write_text("a file where git needs a directory")
    with arena.opened() as workspace, pytest.raises(CannotTell):
        workspace.ledger.record(SessionId(who), Draft("renew", "renew"))


def test_threads_of_one_process_may_share_nothing_but_the_repository(arena: Arena) -> None:
    """Each thread with a workspace of its own works; the writer lock holds between threads, too."""
    who = arena.sessions(*[f"t{n}" for n in range(4)])
    errors: list[CoordError] = []

    def work(one: str) -> None:
        with arena.opened() as workspace:
            for _ in range(5 * TIMES):
                try:
                    workspace.ledger.record(SessionId(one), Draft("number", "number", {"name": "n"}))
                except CoordError as error:
                    errors.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in who]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    values = [verdict for _, _, verdict in arena.operations() if "value" in verdict]
    assert len(values) == len(set(values)) == 20 * TIMES
    with arena.opened() as workspace:
        assert start.start(workspace, start.Request(name="last")).session
    arena.sound()
