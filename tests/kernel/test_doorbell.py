"""Who rings wakes everybody who waits, and clears away the bells of the dead."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gitcoord.kernel import doorbell

ROOT = str(Path(__file__).parents[2])

WAITER = f"""
import sys
sys.path.insert(0, {ROOT!r})
from pathlib import Path
from gitcoord.kernel import doorbell
with doorbell.listening(Path(sys.argv[1]), sys.argv[2]) as wait:
    print("listening", flush=True)
    print(wait(20), flush=True)
"""


@pytest.fixture
def bells(tmp_path: Path) -> Path:
    """Where the bells are; it is not made yet."""
    return tmp_path / "bells"


def waiter(bells: Path, name: str) -> subprocess.Popen[str]:
    """A process that waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", WAITER, str(bells), name], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "listening\n"
    return process


def test_nobody_waits(bells: Path) -> None:
    """Where nobody ever waited there is nothing to ring, and no directory is made."""
    doorbell.ring(bells)
    assert not bells.exists()


def test_processes_are_woken(bells: Path) -> None:
    """One ring wakes every process that waits, long before its time is over, and they leave nothing behind."""
    processes = [waiter(bells, name) for name in ("a", "b", "c")]
    begun = time.monotonic()
    doorbell.ring(bells)
    assert [process.communicate(timeout=15)[0] for process in processes] == ["True\n"] * 3
    assert time.monotonic() - begun < 10
    assert list(bells.iterdir()) == []


def test_wait_that_nobody_ends(bells: Path) -> None:
    """Unrung, a wait ends after its time and says so; a time that is over is not waited for."""
    with doorbell.listening(bells, "a") as wait:
        begun = time.monotonic()
        assert not wait(0.1)
        assert 0.1 <= time.monotonic() - begun < 2
        assert not wait(-5)


def test_ring_before_the_wait_counts_once(bells: Path) -> None:
    """A ring between looking and waiting is not lost; several are one, and are over when they were heard."""
    with doorbell.listening(bells, "a") as wait:
        for _ in range(3):
            doorbell.ring(bells)
        assert wait(0)
        assert not wait(0)
        doorbell.ring(bells)
        assert wait(0)


def test_ring_during_the_wait(bells: Path) -> None:
    """A ring from elsewhere ends a wait that has begun."""
    with doorbell.listening(bells, "a") as wait:
        threading.Timer(0.1, doorbell.ring, [bells]).start()
        begun = time.monotonic()
        assert wait(10)
        assert time.monotonic() - begun < 5


def test_bell_of_the_dead_is_removed(bells: Path) -> None:
    """The pipe of a waiter that was killed is removed by the next ring; the living are woken and stay."""
    dead = waiter(bells, "dead")
    dead.kill()
    dead.communicate()
    assert (bells / "dead").exists()
    with doorbell.listening(bells, "alive") as wait:
        doorbell.ring(bells)
        assert wait(0)
        assert [path.name for path in bells.iterdir()] == ["alive"]
    assert list(bells.iterdir()) == []


def test_bell_that_is_being_made_is_let_be(bells: Path) -> None:
    """A pipe that is not open yet stands under a hidden name, and is not taken for a dead waiter's."""
    bells.mkdir()
    os.mkfifo(bells / ".young")
    doorbell.ring(bells)
    assert (bells / ".young").exists()


def test_bell_that_is_not_answered_blocks_nobody(bells: Path) -> None:
    """Ringing somebody who does not listen returns, however often: even when the pipe is full."""
    with doorbell.listening(bells, "a") as wait:
        fd = os.open(bells / "a", os.O_WRONLY | os.O_NONBLOCK)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(fd, b"x" * 4096)
        os.close(fd)
        doorbell.ring(bells)
        assert wait(0)


def test_the_bell_goes_after_an_error(bells: Path) -> None:
    """The bell is a named pipe while it is there, and goes with the block, also when that fails or it is gone."""
    with pytest.raises(ZeroDivisionError), doorbell.listening(bells, "a"):
        assert stat.S_ISFIFO((bells / "a").stat().st_mode)
        raise ZeroDivisionError
    assert list(bells.iterdir()) == []
    with doorbell.listening(bells, "a"):
        (bells / "a").unlink()


def test_other_descriptors_end_the_wait_and_are_no_ring(bells: Path) -> None:
    """A key that is pressed ends it early, and the answer is that nobody rang; with a ring beside it, that one did."""
    read, write = os.pipe()
    try:
        with doorbell.listening(bells, "a", besides=[read]) as wait:
            os.write(write, b"q")
            began = time.monotonic()
            assert not wait(60)
            assert time.monotonic() - began < 30
            doorbell.ring(bells)
            assert wait(60)
    finally:
        os.close(read)
        os.close(write)
