"""Programs killed at any moment: what was acknowledged is there, what was begun is finished or forgotten."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES, chosen, killed, repeated, skip_unless_killed

from gitcoord.domain.claim import record as claim
from gitcoord.errors import Busy, Unreadable
from gitcoord.kernel import lock
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.refs import Update
from gitcoord.ledger import event, position
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import EventId, SessionId

if TYPE_CHECKING:
    from pathlib import Path

    from .rig import Arena


@pytest.mark.slow
def test_killed_at_random_moments(any_arena: Arena) -> None:
    """However often workers are killed, each acknowledged operation is there, and is counted once."""
    who = any_arena.sessions("a", "b", "c")
    acked: list[str] = []
    dice = random.Random(5)
    for attempt in range(repeated(6)):
        workers = [any_arena.worker("ack", one, attempt) for one in who]
        for worker in workers:
            worker.hear()
        time.sleep(dice.random() * 0.3)
        group = dice.random() < 0.5
        for worker in workers:
            worker.kill(group=group)
        for worker in workers:
            said = worker.rest()
            assert not [item for item in said if "message" in item]
            acked += [identity for item in said for identity in item["ids"]]
        known = {identity for _, identity, _ in any_arena.operations()}
        missing = set(acked) - known - any_arena.pending()
        assert not missing, f"attempt {attempt}: {len(missing)} acknowledged operations are lost"
    any_arena.settle()
    found = {identity: verdict for _, identity, verdict in any_arena.operations()}
    assert set(acked) <= set(found)
    assert {found[identity].split(" ")[0] for identity in acked} == {"accepted"}
    any_arena.sound()


# --- killed at each step, through the real program

ANYWHERE = ("rename,renameat,renameat2,link,linkat", "unlink,unlinkat")
OURS = ("openat", "write", "close", "fsync,fdatasync")
"""Calls at which programs are killed: wherever they are made, or on files of ours only."""

WATCHED = ("coord/lock", "coord/pending", "coord/journal", "refs/coord/ledger", "refs/coord/ledger.lock")
VERBS = ("claim", "release", "end")
SHORT = {("claim", ANYWHERE[0]), ("end", ANYWHERE[1])}
"""What the ordinary suite runs of these; `GITCOORD_TORTURE=2` runs all."""


@pytest.mark.parametrize(
    ("verb", "calls"),
    chosen(SHORT, itertools.product(VERBS, (*ANYWHERE, *OURS))),
    ids=lambda said: said.partition(",")[0],
)
def test_killed_at_each_step(arena: Arena, tmp_path: Path, verb: str, calls: str) -> None:
    """`git coord` or a git of its killed at its K-th call of a kind, for every K: the next command goes on.

    After each kill: what the command had acknowledged is there, the operation is there once or not at all, the next
    command (of a session that only then comes) works at once, and no lock file and no marker stays.
    """
    skip_unless_killed(tmp_path)
    arena.git("config", "coord.fsync", "true")
    when, deaths, survived = 0, 0, False
    while not survived:
        when += 1 if TIMES > 1 or when < 3 else 4
        assert when < 400, "it never gets through"
        (who,) = arena.sessions(f"k{when}")
        path = f"kill/{when}"
        if verb != "claim":
            with arena.opened() as workspace:
                workspace.ledger.record(
                    SessionId(who), Draft("claim", f"claim {path}", {"scopes": [{"directory": path}]})
                )
        watched = (
            (*WATCHED, log_ref(SessionId(who)), f"{log_ref(SessionId(who))}.lock", "packed-refs.lock")
            if calls in OURS
            else ()
        )
        argv = [*killed(calls, when, *(arena.git_dir / file for file in watched)), "git-coord", verb, "--json"]
        before = arena.operations()
        ran = arena.run(*argv, *([path] if verb != "end" else []), check=False, GIT_COORD_SESSION=who)
        survived = ran.returncode == 0
        deaths += not survived
        examined = arena.coord("doctor")
        assert "BAD  ledger ref" not in examined.out, f"{calls} {when}: {examined.out}"
        started = time.monotonic()
        arena.settle()
        assert time.monotonic() - started < 6, f"{calls} {when}: the next command had to wait"
        after = arena.operations()
        mine = [verdict for _, _, verdict in after[len(before) :]]
        assert all(verdict.startswith("accepted") for verdict in mine), mine
        assert len(mine) in ((2,) if survived else (1, 2)), f"{calls} {when}: {mine}"
        with arena.opened() as workspace:
            held = claim.of(workspace.ledger.state(), SessionId(who))
            # One that was killed while it tidied up after its end leaves refs that say nothing new.
        assert (len(held) == 1) == ((len(mine) == 2) == (verb == "claim"))
        arena.sound()
    assert deaths, "nothing was killed: the test tests nothing"


# --- locks that others left, or hold


def _lock(arena: Arena, ref: str = LEDGER) -> Path:
    path = arena.git_dir / f"{ref}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_lock_of_a_dead_writer_of_ours_is_recovered(arena: Arena) -> None:
    """A lock on the ledger beside the marker of a writer that died is removed, and the command goes through."""
    (who,) = arena.sessions("a")
    stale = _lock(arena)
    (arena.git_dir / "coord" / "pending").write_text(f"{log_ref(SessionId(who))}\n{LEDGER}\n")
    started = time.monotonic()
    arena.coord("claim", "src", who=who, check=True)
    assert time.monotonic() - started < 5
    assert not stale.exists()
    arena.sound()


def test_lock_of_a_dead_writer_outlives_commands_that_record_nothing(arena: Arena) -> None:
    """A refused claim is the first command after the crash: the stale lock is still known as ours to the next one."""
    a, b = arena.sessions("a", "b")
    arena.coord("claim", "src", who=a, check=True)
    stale = _lock(arena)
    (arena.git_dir / "coord" / "pending").write_text(f"{log_ref(SessionId(a))}\n{LEDGER}\n")
    assert arena.coord("claim", "src", who=b).status == 1
    assert arena.coord("claims").status == 0
    started = time.monotonic()
    arena.coord("claim", "docs", who=b, check=True)
    assert time.monotonic() - started < 5
    assert not stale.exists()
    arena.sound()


def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitcoord.kernel.refs.PATIENCE", 1.3)


def test_lock_of_another_program_is_waited_for(arena: Arena) -> None:
    """A lock that another program holds for a moment delays a command, no more."""
    (who,) = arena.sessions("a")
    held = _lock(arena)
    timer = threading.Timer(0.6, held.unlink)
    timer.start()
    arena.coord("claim", "src", who=who, check=True)
    timer.join()
    arena.sound()


def test_lock_of_another_program_is_never_removed(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that stays is refused with a reason after the limit, each time anew, and nobody's lock is removed."""
    _short(monkeypatch)
    (who,) = arena.sessions("a")
    held = _lock(arena)
    for _ in range(3):
        with arena.opened() as workspace, pytest.raises(Unreadable, match="keeps a lock"):
            workspace.ledger.record(SessionId(who), Draft("number", "number n", {"name": "n"}))
        assert held.exists(), "another program's lock was removed"
        assert arena.pending() == set()
    held.unlink()
    with arena.opened() as workspace:
        done = workspace.ledger.record(SessionId(who), Draft("number", "number n", {"name": "n"}))
    assert done.outcomes[0].verdict is not None
    assert done.outcomes[0].verdict.detail == {"value": 1}, "what was refused was not recorded after all"
    arena.sound()


def test_lock_of_another_program_is_exit_3(
    arena: Arena, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line says exit 3, names the lock and how to go on, when another's lock stays."""
    from gitcoord.interfaces.cli import main

    _short(monkeypatch)
    (who,) = arena.sessions("a")
    held = _lock(arena)
    assert main.run(["-C", str(arena.top), "--session", who, "claim", "src"], arena.env) == 3
    said = capsys.readouterr().err
    assert "ledger.lock" in said
    assert "hint:" in said
    assert held.exists()


def test_stopped_holder_of_the_writer_lock_is_busy(arena: Arena, tmp_path: Path) -> None:
    """A process that holds the writer lock and does nothing: the others are told which one after the limit."""
    path = tmp_path / "lock"
    code = f"import fcntl,os,time; f=open({str(path)!r},'w+'); fcntl.flock(f,2); f.write(str(os.getpid())); f.flush(); print(1,flush=True); time.sleep(60)"  # noqa: E501
    with subprocess.Popen(["python3", "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        os.kill(holder.pid, 19)
        started = time.monotonic()
        with pytest.raises(Busy, match=str(holder.pid)) as caught, lock.held(path, 0.4):
            pytest.fail("two hold the lock")
        assert 0.3 < time.monotonic() - started < 2
        assert caught.value.status == 3
        os.kill(holder.pid, 9)
    with lock.held(path, 5):
        pass


def test_writer_lock_is_free_when_its_holder_dies(any_arena: Arena) -> None:
    """A worker killed at any moment never keeps the writer lock."""
    who = any_arena.sessions("a", "b")
    for seed in range(3 * TIMES):
        worker = any_arena.worker("ack", who[0], seed)
        worker.hear()
        worker.kill()
        with any_arena.opened() as workspace:
            started = time.monotonic()
            workspace.ledger.record(SessionId(who[1]), Draft("renew", "renew"))
            assert time.monotonic() - started < 4


def test_crash_between_log_and_ledger_is_finished_by_the_next(any_arena: Arena) -> None:
    """A log that moved while the ledger did not is sequenced by whoever comes next, once."""
    a, b = any_arena.sessions("a", "b")
    identity = "f" * 32
    with any_arena.opened() as workspace:
        ledger, log = workspace.ledger, log_ref(SessionId(a))
        before = position.read(ledger.state(), SessionId(a))
        content = event.encode(
            Draft("claim", "claim src", {"scopes": [{"directory": "src"}]}),
            session=SessionId(a),
            number=before.number + 1,
            event_id=EventId(identity),
            time=workspace.clock.now(),
            mail="t@example.com",
            parent=before.tip,
        )
        with ledger.store.write_lock():
            made = ledger.store.objects.write("commit", content)
            ledger.store.objects.publish()
            (ledger.store.directory / "pending").write_text(f"{log}\n{LEDGER}\n")
            ledger.store.refs.update([Update(log, made, ledger.store.refs.read(log))])
    assert any_arena.pending() == {identity}
    refused = any_arena.coord("claim", "src/a.py", who=b)
    assert refused.status == 1, "what was pending came first"
    assert [item[1] for item in any_arena.operations()].count(identity) == 1
    any_arena.sound()


def test_damaged_log_of_one_session_stops_nobody_else(any_arena: Arena) -> None:
    """A log ref that points at something foreign, found after a crash, is mended by its session; the others go on."""
    a, b = any_arena.sessions("a", "b")
    any_arena.git("update-ref", log_ref(SessionId(a)), "HEAD")
    (any_arena.git_dir / "coord" / "pending").write_text(f"{log_ref(SessionId(a))}\n{LEDGER}\n")
    any_arena.coord("claim", "src", who=b, check=True)
    any_arena.coord("claim", "docs", who=a, check=True)
    any_arena.coord("claim", "tests", who=b, check=True)
    any_arena.sound()


def test_log_set_back_is_brought_forward(any_arena: Arena) -> None:
    """A log ref that lost its newest commits (a restored disk) is no obstacle: the ledger has them."""
    (who,) = any_arena.sessions("a")
    first = any_arena.git("rev-parse", log_ref(SessionId(who)))
    any_arena.coord("claim", "src", who=who, check=True)
    any_arena.git("update-ref", log_ref(SessionId(who)), first)
    any_arena.coord("claim", "docs", who=who, check=True)
    any_arena.git("update-ref", "-d", log_ref(SessionId(who)))
    any_arena.coord("claim", "tests", who=who, check=True)
    assert any_arena.git("rev-list", "--count", log_ref(SessionId(who))) == "4"
    any_arena.sound()


def test_lock_made_long_after_the_crash_is_not_ours(arena: Arena) -> None:
    """Beside an old marker a fresh lock is another program's: it is left alone, an old one is removed."""
    fresh, old = _lock(arena, "refs/coord/fresh"), _lock(arena, "refs/coord/old")
    with arena.opened() as workspace:
        refs = workspace.ledger.store.refs
        begun = time.time() - 3600
        os.utime(old, (begun, begun))
        refs.recover(["refs/coord/fresh", "refs/coord/old"], begun)
    assert (fresh.exists(), old.exists()) == (True, False)
    fresh.unlink()


PACKING = {
    "rename": "rename,renameat,renameat2,link,linkat",
    "unlink": "unlink,unlinkat",
    "fsync": "fsync,fdatasync",
    "execve": "execve",
}
"""Calls at which packing is killed: a pack comes to its place; in the long run old files go, a git is started."""


@pytest.mark.slow
@pytest.mark.parametrize("calls", PACKING if TIMES > 1 else ["rename"])
def test_packing_killed_at_each_step(arena: Arena, tmp_path: Path, calls: str) -> None:
    """`git coord gc`, or a git of its, killed at its K-th call of a kind: nothing is missing, the next one packs."""
    skip_unless_killed(tmp_path)
    (who,) = arena.sessions("packer")
    when, survived, acked = 0, False, []
    while not survived:
        # What is removed one by one are loose objects, many: on the short run some of them.
        when += 1 if calls != "unlink" or TIMES > 1 else 1 + when // 2
        assert when < 2000, "it never gets through"
        with arena.opened() as workspace:
            for number in range(3):
                draft = Draft("claim", "claim", {"scopes": [{"file": f"pack/{when}/{number}"}]})
                acked.append(workspace.ledger.record(SessionId(who), draft).outcomes[0].event.id)
        trace = tmp_path / "trace"
        argv = killed(PACKING[calls], when, trace=str(trace))
        arena.run(*argv, "git-coord", "gc", "--json", check=False, GIT_COORD_SESSION=who)
        survived = "killed by SIGKILL" not in trace.read_text()  # whoever was killed: another may have gone on
        arena.git("fsck", "--connectivity-only", "--no-dangling")
    arena.coord("gc", who=who, check=True)
    assert set(acked) <= {identity for _, identity, _ in arena.operations()}
    packs = list((arena.git_dir / "objects/pack").glob("*.pack"))
    assert len(packs) < 10, packs
    arena.sound()
