"""The writer lock lets one process in at a time, in the order they came, and dies with its holder."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import Busy, Unreadable
from gitcoord.kernel import lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Start = Callable[..., subprocess.Popen[str]]

ROOT = str(Path(__file__).parents[2])

HOLD = f"""
import sys
sys.path.insert(0, {ROOT!r})
from pathlib import Path
from gitcoord.kernel import lock
with lock.held(Path(sys.argv[1]), 20):
    print("in", flush=True)
    sys.stdin.readline()
"""

NOTE = f"""
import os, sys, time
sys.path.insert(0, {ROOT!r})
from pathlib import Path
from gitcoord.kernel import lock
path, notes, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for _ in range(rounds):
    with lock.held(path, 20):
        fd = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(fd, f"in {{sys.argv[4]}}\\n".encode())
        time.sleep(0.002)
        os.write(fd, f"out {{sys.argv[4]}}\\n".encode())
        os.close(fd)
"""


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    """Wait for the threads that gave up in a test: a later one changes what they call."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the lock is."""
    return tmp_path / "lock"


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts Python programs that end when the test does."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str, *args: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def holder(start: Start, path: Path) -> subprocess.Popen[str]:
    """A process that holds the lock until it is told or killed."""
    process = start(HOLD, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    return process


def queued(path: Path, process: subprocess.Popen[str]) -> None:
    """Return when the process waits for the lock in the kernel."""
    inode = path.stat().st_ino
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for line in Path("/proc/locks").read_text().splitlines():
            words = line.split()
            if "->" in words and words[5] == str(process.pid) and words[6].endswith(f":{inode}"):
                return
        time.sleep(0.005)
    raise AssertionError(f"{process.pid} does not wait")


def test_one_after_the_other(path: Path) -> None:
    """The lock is made where it is missing, says who holds it, and is free after the block, also after an error."""
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), lock.held(path, 0.1):
            assert int(path.read_text()) == os.getpid()
            raise ZeroDivisionError
    with lock.held(path, 0.1):
        pass


def test_processes_exclude_each_other(path: Path, tmp_path: Path, start: Start) -> None:
    """Four processes that come in again and again are never in together, and none is kept out."""
    notes = tmp_path / "notes"
    processes = [start(NOTE, path, notes, 15, number) for number in range(4)]
    assert [process.wait(20) for process in processes] == [0] * 4
    lines = notes.read_text().splitlines()
    assert len(lines) == 4 * 15 * 2
    for came, went in zip(lines[::2], lines[1::2], strict=True):
        assert came.startswith("in ")
        assert went == "out " + came.removeprefix("in ")


@pytest.mark.skipif(not os.access("/proc/locks", os.R_OK), reason="who waits is told by /proc/locks")
def test_first_come_first_served(path: Path, tmp_path: Path, start: Start) -> None:
    """Those who wait come in in the order in which they came."""
    first, notes, waiting = holder(start, path), tmp_path / "notes", []
    for number in range(4):
        waiting.append(start(NOTE, path, notes, 1, number))
        queued(path, waiting[-1])
    assert not notes.exists()
    first.communicate("go\n")
    assert [process.wait(20) for process in waiting] == [0] * 4
    assert [line for line in notes.read_text().splitlines() if line.startswith("in")] == [f"in {n}" for n in range(4)]


def test_who_waits_in_a_queue_that_moves_waits_on(path: Path, start: Start) -> None:
    """The time runs anew where somebody else got the lock meanwhile: whoever is third is not refused for that."""
    first, second = holder(start, path), start(HOLD, path)
    queued(path, second)
    begun, came = time.monotonic(), list[float]()

    def third() -> None:
        with lock.held(path, 1.5, turns=2):
            came.append(time.monotonic() - begun)

    thread = threading.Thread(target=third)
    thread.start()
    time.sleep(0.5)
    first.communicate("go\n")
    time.sleep(1.4)
    second.communicate("go\n")
    thread.join(10)
    assert [1.5 < seconds < 3.0 for seconds in came] == [True]


def test_busy_names_the_holder(path: Path, start: Start) -> None:
    """After the limit, not before and not long after, `Busy` names the process that holds the lock."""
    process = holder(start, path)
    begun = time.monotonic()
    with pytest.raises(Busy, match=rf"pid {process.pid}\b") as busy, lock.held(path, 0.2):
        raise AssertionError("two are in")
    assert 0.2 <= time.monotonic() - begun < 2.0
    assert busy.value.hint.endswith(f"ps -p {process.pid}")
    assert busy.value.status == 3


def test_who_gave_up_does_not_keep_it(path: Path, start: Start) -> None:
    """Who gave up waiting does not take the lock afterwards: others get it when the holder goes, and so does he."""
    process = holder(start, path)
    for _ in range(3):
        with pytest.raises(Busy), lock.held(path, 0.05):
            raise AssertionError("two are in")
    process.communicate("go\n")
    other = holder(start, path)
    other.communicate("go\n")
    with lock.held(path, 5):
        assert int(path.read_text()) == os.getpid()


def test_who_waited_in_vain_does_not_wait_as_long_again(path: Path, start: Start) -> None:
    """A stopped writer costs a command one wait, however many locks it takes and how often; then the lock is had."""
    process, other = holder(start, path), holder(start, path.with_name("other"))
    with pytest.raises(Busy, match="for 1 seconds"), lock.held(path, 0.6):
        pass
    begun = time.monotonic()
    with pytest.raises(Busy, match="for 1 seconds"), lock.held(path, 20):
        pass
    assert time.monotonic() - begun < 1.5
    with pytest.raises(Busy, match="for 2 seconds"), lock.held(path.with_name("other"), 20):
        pass
    assert time.monotonic() - begun < 5
    process.communicate("go\n")
    other.communicate("go\n")
    with lock.held(path, 5), lock.held(path.with_name("other"), 5):
        pass


def test_who_has_had_the_lock_waits_as_long_as_ever(path: Path, start: Start) -> None:
    """In a process that lives on, a wait in vain is forgotten once the lock was had."""
    first = holder(start, path)
    with pytest.raises(Busy), lock.held(path, 0.3):
        pass
    first.communicate("go\n")
    with lock.held(path, 5):
        pass
    second = holder(start, path)
    begun = time.monotonic()
    with pytest.raises(Busy), lock.held(path, 0.6):
        pass
    assert time.monotonic() - begun >= 0.6
    second.communicate("go\n")


def test_who_only_tried_is_not_left_in_the_queue(path: Path) -> None:
    """The next one who tries would meet it there, and be refused although nobody holds the lock any longer."""
    before = threading.active_count()
    for _ in range(50):
        with lock.held(path, 0):
            with pytest.raises(Busy), lock.held(path, 0):
                pass
            assert threading.active_count() == before
        with lock.held(path, 0):
            pass


def test_killed_holder_lets_go(path: Path, start: Start) -> None:
    """When the holder is killed who waits comes in at once, and what the dead one left in the file is no obstacle."""
    process = holder(start, path)
    threading.Timer(0.2, process.kill).start()
    begun = time.monotonic()
    with lock.held(path, 10):
        assert time.monotonic() - begun < 5
        assert int(path.read_text()) == os.getpid()


def test_program_that_was_started_meanwhile_keeps_nothing(path: Path) -> None:
    """A program started while we hold the lock does not hold it after us."""
    with lock.held(path, 1):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    try:
        with lock.held(path, 0.5):
            pass
    finally:
        child.kill()
        child.communicate()


def test_threads_exclude_each_other(path: Path) -> None:
    """Two threads of one process exclude each other as processes do."""
    with lock.held(path, 1), pytest.raises(Busy), lock.held(path, 0.05):
        raise AssertionError("two are in")


def test_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """Where the file cannot be made the refusal names it and the reason."""
    with (
        pytest.raises(Unreadable, match=r"cannot write .*nowhere/lock: No such file"),
        lock.held(tmp_path / "nowhere" / "lock", 1),
    ):
        raise AssertionError("no lock is held")


REFUSALS = [errno.ENOLCK, errno.EOPNOTSUPP, errno.EBADF]


@pytest.mark.parametrize("number", REFUSALS)
@pytest.mark.parametrize("contended", [False, True])
def test_file_system_that_does_not_lock(
    path: Path, monkeypatch: pytest.MonkeyPatch, number: int, contended: bool
) -> None:
    """Where the file system refuses to lock, also to who waits already, that is said at once: nobody goes in."""

    def refuse(_: int, operation: int) -> None:
        raise OSError(errno.EAGAIN if contended and operation & fcntl.LOCK_NB else number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    begun = time.monotonic()
    with pytest.raises(Unreadable, match="does not lock") as refused, lock.held(path, 30):
        raise AssertionError("somebody is in")
    assert time.monotonic() - begun < 10
    assert os.strerror(number) in refused.value.message
    assert refused.value.status == 3


@pytest.mark.parametrize("number", REFUSALS)
def test_whether_locks_work_is_found_out(path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """A lock that another process holds is one that works; one that the file system refuses is not."""
    assert lock.works(path)

    def refuse(said: int) -> Callable[..., None]:
        def locking(*_: int) -> None:
            raise OSError(said, os.strerror(said))

        return locking

    monkeypatch.setattr(fcntl, "lockf", refuse(errno.EAGAIN))
    assert lock.works(path)
    monkeypatch.setattr(fcntl, "lockf", refuse(number))
    assert not lock.works(path)


def test_holder_that_cannot_say_its_name_goes_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk the lock is held all the same: who holds it is only told to those who wait."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with lock.held(path, 0.1):
        pass
